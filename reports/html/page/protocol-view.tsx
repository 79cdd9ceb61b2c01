import type { Chunk } from '../document.js';

/** What the program asked for, call by call, with those at fault marked, and what would mend it. */
export function ProtocolView({
  protocol,
  atFault,
  openFirst,
}: {
  protocol: NonNullable<Chunk['protocol']>;
  atFault: readonly number[];
  openFirst: boolean;
}) {
  const { model, lines, repair } = protocol;
  return (
    <section class="protocol">
      <details open={openFirst}>
        <summary>
          <h3>What the program asked for, by the {model} model</h3>
        </summary>
        <table>
          <tbody>
            {lines.map((line, i) => {
              if (line.kind === 'gap') {
                return (
                  <tr key={i} class="quiet">
                    <td />
                    <td colSpan={3}>… {line.lines} more</td>
                  </tr>
                );
              }
              if (line.kind === 'ack') {
                return (
                  <tr key={i} class="ack">
                    <td />
                    <td colSpan={3}>ack “{line.text}”</td>
                  </tr>
                );
              }
              const { number, call, sync, at, atomic } = line;
              return (
                <tr key={i} class={atFault.includes(number) ? 'at-fault' : ''}>
                  <td class="number">{number}</td>
                  <td>
                    <code>{atomic ? `[${call}]` : call}</code>
                  </td>
                  <td class="quiet">{sync && syncWords(sync)}</td>
                  <td class="quiet">{at}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </details>
      {repair && repair.additions.length > 0 && (
        <div class="repair">
          <h4>Repair</h4>
          <ul>
            {repair.additions.map((addition) => (
              <li key={addition}>
                <code>+ {addition}</code>
              </li>
            ))}
          </ul>
          <p class="quiet">
            {repair.verified
              ? 'With these the system calls keep every promise (judged again with them).'
              : 'These mend part of it.'}
          </p>
        </div>
      )}
    </section>
  );
}

function syncWords({ errno, durable }: { errno: string | null; durable: string }): string {
  if (errno !== null) return `failed with ${errno}: makes nothing durable`;
  return durable === '' ? 'makes nothing durable' : `makes ${durable} durable`;
}

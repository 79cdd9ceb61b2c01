const commands =
  'run|record|check|show|schema|report|merge|mount|mutants|probe|properties|import|export|vm|doctor|worker|ack|init|--help';
const literal = new RegExp(`(?<![\\w/.-]|npx )plugpull (?=(?:${commands})(?![\\w-]))`, 'g');

/**
 * Commands in a text of ours as this reader can paste them: `plugpull show RUN`, which results hold, as `bin/plugpull show
 * RUN` or `npx plugpull show RUN`.
 * @param command what plugpull was called by
 */
export function asCalled(text: string, command: string): string {
  return command === 'plugpull' ? text : text.replaceAll(literal, () => `${command} `);
}

/**
 * The record of a probe, in Markdown, as POSIX asks for one (XBD 2.1.5.2, Synchronized I/O: a conformance document names
 * a configuration in which fsync assures data, and how to obtain it).
 */
import { layerLabel } from '../scenario/schema/layers.js';
import type { FindingGroup, ProbeDocument, ProbeResult } from './probe-document.js';
import { repeatCommand } from './repeat-command.js';

export function certificate(document: ProbeDocument): string {
  const { probes, selection, scope, tool, numbering } = document;
  return `${[
    '# What this storage keeps after a power cut',
    '',
    `Made by plugpull ${tool.version}.`,
    '',
    `- Workloads: ${selection} (numbering ${numbering}).`,
    `- Crash states: ${scope}.`,
    "- Asked of each: what the calls that had returned owe by POSIX, then what the kernel's own tests ask for; that it mounts; that no file shows bytes that nobody wrote; that the directory can be emptied and written to again (once for each shape of the tree).",
    '- Assumed, not proven: the disk behaves as configured. What a real device does with a flush is not looked at.',
    ...(probes.some(({ place }) => place === 'host')
      ? [
          '- On the host the operation `sync` is carried out by syncfs(2) of each file system of ours: sync(2) would wait for every file system of the machine.',
        ]
      : []),
    ...probes.flatMap((probe) => section(document, probe)),
  ].join('\n')}\n`;
}

function section(document: ProbeDocument, probe: ProbeResult): string[] {
  const {
    name,
    kernel,
    place,
    storage,
    verdict,
    complete,
    workloads,
    crash_points,
    states,
    recoveries,
    digest,
  } = probe;
  const tried = Object.values(workloads).reduce((sum, count) => sum + count, 0);
  const { fs, mkfs, mount, layers, disk } = storage;
  return [
    '',
    `## ${name}`,
    '',
    `| | |`,
    '|---|---|',
    `| kernel | Linux ${kernel} (${place}) |`,
    `| file system | ${fs} |`,
    `| mkfs options | ${mkfs.join(' ') || 'none'} |`,
    `| mount options | ${mount.join(',') || 'none'} |`,
    `| layers, from the disk up | ${layers.map(layerLabel).join(', ') || 'none'} |`,
    `| disk, assumed | cache ${disk.cache}, atomic unit ${disk.atomic_unit} bytes |`,
    `| verdict | **${verdict}** |`,
    `| workloads | ${tried} tried: ${workloads.kept} kept, ${workloads.broken} broken, ${workloads.unknown} unknown, ${workloads.unsupported} not supported${complete ? '' : '; interrupted'} |`,
    `| crash points | ${crash_points} |`,
    `| crash states | ${states} in ${recoveries} recoveries |`,
    `| digest of all answers | \`${digest}\` |`,
    '',
    assurance(probe),
    ...probe.reasons.map(({ outcome, reason, workloads: n }) => `\n- ${outcome}: ${n} workloads: ${reason}`),
    ...probe.findings.flatMap(finding),
    '',
    'Repeat it:',
    '',
    '```sh',
    repeatCommand(document, probe),
    '```',
  ];
}

function assurance({ verdict, storage }: ProbeResult): string {
  switch (verdict) {
    case 'pass':
      return 'In all that was tried, what fsync, fdatasync, msync, sync, syncfs and O_SYNC writes owe survived every crash state. To obtain this configuration, make and mount the file system with the options above, on a disk that behaves as assumed.';
    case 'violation':
      return `What these calls owe is **not** assured here. A configuration in which it is has ${storage.disk.cache === 'lying' ? 'a disk that keeps what it was told to flush' : 'other options'}: probe it.`;
    case 'unknown':
      return 'Nothing is assured: not all that was asked for could be told.';
  }
}

function finding({
  rules,
  kind,
  workloads,
  shortest: { name, lines, finding: found },
}: FindingGroup): string[] {
  return [
    '',
    `### ${kind} (${rules}): ${workloads} workloads`,
    '',
    `${found.text}. The shortest workload, ${name}:`,
    '',
    '```',
    ...lines,
    '```',
  ];
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedLog } from '../../contract/judge-log.js';
import { shownCrash } from '../../contract/shown-crash.js';
import { changedFiles, filesOfScene, looksOf } from '../../explain/changed-files.js';
import { sceneCalls } from '../../explain/scene-calls.js';
import { sceneEvents, type TimedCall } from '../../explain/scene-events.js';
import { explorable } from '../../explore/recording.js';
import type { History } from '../../model/history.js';
import { openTrace } from '../../trace/trace.js';
import type { Finding } from '../../verdict/finding.js';
import { type Scene, sceneSchema } from '../../verdict/scene.js';
import { writeJson } from '../planning/run-folder.js';
import { readStates } from './keep-states.js';
import { type SceneRecoverer, sceneFilesOf } from './scene-recoveries.js';

/** Contract findings that get a scene. */
const mostCallScenes = 100;
const mostConsoleBytes = 8192;

/**
 * Leaves the scene of each observed finding of a recording beside its result. A scene helps a reader and decides
 * nothing: what cannot be shown is said in it.
 */
export async function writeScenes(options: {
  traceFolder: string;
  /** Of this recording: `states.json` is there, and scenes go there. */
  runFolder: string;
  findings: readonly Finding[];
  /** What the system calls did; null where nobody followed them. */
  history: History | null;
  /** Who recovers crash states once more, for their files to be looked at. */
  recoverer: SceneRecoverer;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { traceFolder, runFolder, findings, history, recoverer, signal } = options;
  if (findings.length === 0) return;
  const states = readStates(runFolder);
  const calls = timedCalls(history);
  const said = consoleOf(traceFolder);
  const trace = openTrace(traceFolder);
  try {
    const traced = explorable(trace);
    const shown = findings.flatMap(({ id, paths = [] }) =>
      states[id] ? [{ id, paths, state: states[id] }] : [],
    );
    const files = await sceneFilesOf({ trace, traced, shown, recoverer, signal });
    for (const { id, state } of shown) {
      const { point, lost } = state;
      keepScene(runFolder, {
        schema: sceneSchema,
        finding: id,
        ...sceneEvents({ trace, traced, calls, point, lost }),
        ...files.get(id)!,
        ...said,
      });
    }
  } finally {
    trace.close();
  }
}

/** The same for contract findings: calls, and the files that a model allows a crash to leave. */
export function writeCallScenes(runFolder: string, { findings, breaches, told: history }: JudgedLog): void {
  if (!history) return;
  for (const { id, paths = [] } of findings.slice(0, mostCallScenes)) {
    const breach = breaches.get(id);
    if (!breach) continue;
    const crash = shownCrash(history, breach);
    const [before, promised, after] = [crash.before, crash.promised, crash.after].map(looksOf);
    keepScene(runFolder, {
      schema: sceneSchema,
      finding: id,
      ...sceneCalls(history, crash),
      ...filesOfScene(changedFiles({ before: before!, promised: promised!, after: after!, paths })),
    });
  }
}

function keepScene(runFolder: string, scene: Scene): void {
  mkdirSync(join(runFolder, 'scenes'), { recursive: true });
  writeJson(join(runFolder, 'scenes', `${scene.finding}.json`), scene);
}

function timedCalls(history: History | null): TimedCall[] {
  return (history?.steps ?? [])
    .filter(({ title }) => title !== '')
    .map(({ title, sync, call }) => ({ text: title, sync: sync !== null, startNs: call.startNs }));
}

/** The last that the guest's kernel said while it was recorded in. */
function consoleOf(traceFolder: string): Pick<Scene, 'console'> {
  const path = join(traceFolder, 'console.log');
  if (!existsSync(path)) return {};
  const bytes = readFileSync(path).subarray(-mostConsoleBytes);
  const lines = bytes
    .toString('utf8')
    .split(/[\r\n]+/)
    .filter((line) => line !== '');
  return lines.length > 0 ? { console: lines } : {};
}

/** What kind of promise a finding breaks. */
export type FindingKind = 'durability' | 'atomicity' | 'ordering' | 'corruption' | 'checker' | 'fsync_error';

/** A system call, or for observed findings a lost block write, that a finding is traced back to. */
export interface Cause {
  /** System call name (`fsync`, `rename`, ...) or, for the block level, `write` or `discard`. */
  syscall: string;
  /** The call's arguments as text; for a block write: the sectors and the file they belong to. */
  args: string;
  /**
   * Source line (`src/prog.py:12`: the path in the project, in a package, or of a file in no project its name), or for a
   * block write `log:INDEX`.
   */
  at: string;
  /** Where that was called from: the program's line, where `at` is a package's or a wrapper's, or one of another file. */
  called_from?: string;
}

/** A line to add to the program. */
export interface Patch {
  /** The source line behind which it goes: `prog.py:12`. */
  after: string;
  /** Indented as the line before it. */
  line: string;
}

/** Where in the recording the power was cut. */
export interface CrashPointSummary {
  /**
   * Position in the block log: entries with an index below this one had been submitted. null where none was kept
   * (dm-flakey).
   */
  log_index: number | null;
  /**
   * What made this position a crash point. In a run that really lost power also `time`: a moment after the start;
   * `operation`: one of the disk's; `log`: a line of the server's.
   */
  reason: 'flush' | 'fua' | 'begin' | 'before_ack' | 'ack' | 'start' | 'end' | 'time' | 'operation' | 'log';
  /** Number of acks that had been given before the cut. */
  acks: number;
  /** The last of them. */
  last_ack?: string;
  /** Where power was really lost: the round, from 1, and the seed that its choices follow from. */
  round?: number;
  seed?: number;
}

/** One broken promise, with what is needed to see it again. Field names are those of the JSON output. */
export interface Finding {
  /** Stable within a run: `F1`, `F2`, ... in order of severity. */
  id: string;
  kind: FindingKind;
  evidence: 'contract' | 'observed';
  /** A contract finding that no crash state of the tested storage shows. */
  masked: boolean;
  /** The persistence model, for contract findings. */
  model: string | null;
  storage: string;
  /** The promise that was broken, in words. */
  promise: string;
  /** The files it is about; absent when a checker or a whole file system is. */
  paths?: string[];
  /** What is gone or wrong, one line each. */
  lost: string[];
  /** One sentence naming what is missing. */
  property: string;
  crash_point: CrashPointSummary | null;
  /** When the power was cut, in words, where there is no position in a log to say it by. */
  when?: string;
  cause: Cause[];
  /** For a contract finding: the numbers its operations go by in the run's protocol, of a loop the first ones. */
  operations?: number[];
  /** What to do about it, in words; null when plugpull does not know. */
  fix: string | null;
  /** The same as a line to paste, where the source line is known and its language is. */
  patch?: Patch;
  /** The command that shows this finding again. */
  reproduce: string;
}

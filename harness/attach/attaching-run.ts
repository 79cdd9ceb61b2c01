/** Something a run is about to make, or (`loop gone`) does not have any more: the next best may have that device now. */
export interface Made {
  kind: 'mount' | 'loop' | 'loop gone' | 'nbd' | 'process' | 'container';
  /** Mount point, device, command, or the address of the engine that it is made in. */
  what: string;
}

/** What attaching asks of the run that it is done for. */
export interface AttachingRun {
  /** Of its loop devices. */
  readonly label: string;
  /** That processes of the run are known by. */
  readonly environment: Record<string, string>;
  /** Where a file of this name lies in the run's folder. */
  path(name: string): string;
  /** Notes what is about to be made. */
  note(made: Made): void;
}

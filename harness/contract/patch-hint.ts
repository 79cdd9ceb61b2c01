/** A sync call as a line to paste: on an open file, and on a directory that has to be opened first. */
interface Idiom {
  file: string;
  directory: string;
}

const python: Idiom = {
  file: 'file.flush(); os.fsync(file.fileno())',
  directory: 'fd = os.open(directory, os.O_RDONLY); os.fsync(fd); os.close(fd)',
};
const node: Idiom = {
  file: 'fs.fsyncSync(fd)',
  directory: "fd = fs.openSync(directory, 'r'); fs.fsyncSync(fd); fs.closeSync(fd)",
};
const c: Idiom = {
  file: 'if (fsync(fd) != 0) return -1;',
  directory: 'int dir = open(directory, O_RDONLY | O_DIRECTORY); if (fsync(dir) != 0) return -1; close(dir);',
};
const rust: Idiom = { file: 'file.sync_all()?;', directory: 'File::open(directory)?.sync_all()?;' };
const go: Idiom = {
  file: 'if err := file.Sync(); err != nil { return err }',
  directory: 'dir, _ := os.Open(directory); if err := dir.Sync(); err != nil { return err }; dir.Close()',
};

const idioms: Record<string, Idiom> = {
  py: python,
  js: node,
  mjs: node,
  cjs: node,
  ts: node,
  c,
  cc: c,
  cpp: c,
  cxx: c,
  h: c,
  hpp: c,
  rs: rust,
  go,
};

/** A sync call in the language of the file a place (`prog.py:12`) is in; null where that is not known. */
export function patchHint(place: string, target: 'file' | 'directory'): string | null {
  const extension = /\.([a-z]+):\d+$/.exec(place)?.[1];
  return extension === undefined ? null : (idioms[extension]?.[target] ?? null);
}

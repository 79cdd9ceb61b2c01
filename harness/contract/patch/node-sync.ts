/** Sync calls of Node by a module that is there whatever the program imported, under whatever name (Node 20.16). */
export function syncOfPath(path: string): string {
  return `{ const fs = process.getBuiltinModule('node:fs'), fd = fs.openSync(${path}, 'r'); fs.fsyncSync(fd); fs.closeSync(fd); }`;
}

export function syncOfDescriptor(descriptor: string): string {
  return `process.getBuiltinModule('node:fs').fsyncSync(${descriptor});`;
}

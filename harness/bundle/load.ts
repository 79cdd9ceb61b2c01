/**
 * Runs a bundled program. Compiling it took half of a process's start, so what V8 compiled lies beside it:
 *
 *     dist/programs/NAME-HASH.cjs            one expression: a function of `require` and the bundle's address
 *     dist/programs/NAME-HASH.cjs.TAG.code   its code, for the version and the flags of V8 that TAG stands for
 *
 * V8 holds code against the length of its source only, hence a hash in the name. Code of another Node is not looked at; what is torn is refused by its checksum. Either way, and where
 * there is none, the program is compiled as ever, and its code is left for the next one where the folder can be written.
 * Whoever can write there can change the programs, too.
 */
import { constants as access, accessSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

/** @param program the bundle's address: where the modules in it look for files beside themselves */
export function load(program: URL): void {
  const script = compiled(fileURLToPath(program));
  script.runInThisContext()(createRequire(program), program.href);
}

/** Leaves a bundle's code beside it. @returns the script, with all its functions compiled */
export function leaveCode(path: string): Script {
  // Functions that were not called yet are part of the code, too.
  setFlagsFromString('--no-lazy');
  const script = scriptOf(path);
  setFlagsFromString('--lazy');
  const torn = `${codePath(path)}.${process.pid}`;
  try {
    writeFileSync(torn, script.createCachedData());
    renameSync(torn, codePath(path));
  } catch {
    rmSync(torn, { force: true });
  }
  return script;
}

function compiled(path: string): Script {
  const code = readIfThere(codePath(path));
  if (code !== undefined) {
    const script = scriptOf(path, code);
    if (!script.cachedDataRejected) return script;
  }
  return canWriteBeside(path) ? leaveCode(path) : scriptOf(path);
}

function scriptOf(path: string, cachedData?: Buffer): Script {
  // The bundler writes ASCII only, and as such a text takes half of the room and is read sooner.
  return new Script(readFileSync(path, 'latin1'), {
    filename: path,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

function codePath(path: string): string {
  return `${path}.${cachedDataVersionTag().toString(16)}.code`;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function canWriteBeside(path: string): boolean {
  try {
    accessSync(dirname(path), access.W_OK);
    return true;
  } catch {
    return false;
  }
}

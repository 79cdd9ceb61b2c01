import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call } from '../syscalls/call.js';

/**
 * Hooks for interpreters, loaded without touching the program (PYTHONPATH, NODE_OPTIONS) and only in a second run that
 * explains a finding; the judged run is never hooked.
 *
 * Before a library function that may change files, a hook calls write(2) on a descriptor that cannot exist. The call
 * fails with EBADF, changes nothing, and stands in the trace with the source line as its text.
 */
const markerDescriptor = 2147483647;
const markerPrefix = 'plugpull-at:';

/** A hook's note: the function about to be called, and from which line. */
export interface SourceMarker {
  functionName: string;
  place: string;
}

/** The note in a traced call, or null for the program's own calls. */
export function sourceMarker(call: Call): SourceMarker | null {
  const { operation } = call;
  if (operation.op !== 'write' || operation.file.fd !== markerDescriptor || !operation.payload) return null;
  const text = operation.payload.toString('utf8');
  if (!text.startsWith(markerPrefix)) return null;
  const [functionName = '', place = ''] = text.slice(markerPrefix.length).split('\t');
  return { functionName, place };
}

/** Writes the hooks into a folder and returns the environment that loads them. */
export function hookEnvironment(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sitecustomize.py'), pythonHook);
  const nodeFile = join(folder, 'plugpull-source-lines.cjs');
  writeFileSync(nodeFile, nodeHook);
  const pythonPath = env.PYTHONPATH ? `${folder}:${env.PYTHONPATH}` : folder;
  const nodeOptions = `${env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(nodeFile)}`.trim();
  return { ...env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1', NODE_OPTIONS: nodeOptions };
}

const pythonHook = `import os, sys, sysconfig, threading

_write = os.write
_library = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.__file__)})
_modules = {"posix", "io", "_io", "fcntl", "mmap", "sqlite3", "_sqlite3", "shutil"}
_quiet = {"read", "readline", "readlines", "readinto", "stat", "lstat", "fstat", "fspath", "getcwd", "listdir", "scandir",
          "tell", "seek", "fileno", "isatty", "readable", "writable", "seekable", "getpid", "urandom", "waitpid"}


def _mark(frame, event, function):
    if event != "c_call":
        return
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None)
    name = getattr(function, "__name__", "")
    if module not in _modules and type(owner).__module__ not in _modules and name not in ("open", "print"):
        return
    if name in _quiet:
        return
    outer = frame
    while outer is not None and (outer.f_code.co_filename.startswith(_library) or outer.f_code.co_filename.startswith("<frozen")):
        outer = outer.f_back
    if outer is None:
        return
    try:
        text = "${markerPrefix}%s\\t%s:%d" % (name, outer.f_code.co_filename, outer.f_lineno)
        _write(${markerDescriptor}, text.encode("utf-8", "surrogateescape"))
    except OSError:
        pass


threading.setprofile(_mark)
sys.setprofile(_mark)
`;

const nodeHook = `'use strict';
const fs = require('node:fs');
const write = fs.writeSync;
const quiet = /^(read|stat|lstat|fstat|access|exists|realpath|readdir|watch|unwatch|opendir|_)/;
function mark(name) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const stack = new Error().stack.split('\\n').slice(1);
  Error.stackTraceLimit = limit;
  for (const frame of stack) {
    const match = /\\(?((?:file:\\/\\/)?\\/[^()]*|\\[eval\\][^():]*):(\\d+):\\d+\\)?$/.exec(frame);
    if (!match || match[1] === __filename || frame.includes('node:')) continue;
    try { write(${markerDescriptor}, '${markerPrefix}' + name + '\\t' + match[1].replace('file://', '') + ':' + match[2]); } catch {}
    return;
  }
}
function wrap(owner) {
  for (const name of Object.getOwnPropertyNames(owner)) {
    const original = owner[name];
    if (typeof original !== 'function' || quiet.test(name) || name === 'constructor' || /^[A-Z]/.test(name)) continue;
    const wrapped = function (...parameters) {
      mark(name);
      return Reflect.apply(original, this, parameters);
    };
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
    try { owner[name] = wrapped; } catch {}
  }
}
wrap(fs);
const open = fs.promises.open;
wrap(fs.promises);
let wrappedHandles = false;
fs.promises.open = async function (...parameters) {
  mark('open');
  const handle = await Reflect.apply(open, this, parameters);
  if (!wrappedHandles) {
    wrappedHandles = true;
    wrap(Object.getPrototypeOf(handle));
  }
  return handle;
};
require('node:module').syncBuiltinESMExports();
`;

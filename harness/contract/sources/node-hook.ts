import { markerDescriptor, markerPrefix } from './marker.js';

/**
 * For Node: `fs`, `fs.promises`, file handles and streams, and whatever native modules export. A note before each call,
 * one when it returns, and one when what it began is over.
 *
 * A stream writes when it likes, so each chunk carries the line that gave it. Where there is no line of the program on
 * the stack (a pipeline), it is the line that made the stream.
 */
export const nodeHook = String.raw`'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const write = fs.writeSync;
const realpath = fs.realpathSync.native;
const openPromised = fs.promises.open;
const quiet = /^(read|stat|lstat|fstat|access|exists|realpath|watch|unwatch|opendir|_|create(Read|Write)Stream$|fd$)/;
const mostPlaces = 12;
let notes = 0;
/** Where the chunk comes from that a stream is writing. */
let ofChunk = null;

function say(note) {
  const wasOfChunk = ofChunk;
  ofChunk = null;
  try { write(${markerDescriptor}, '${markerPrefix}' + JSON.stringify(note)); } catch {}
  ofChunk = wasOfChunk;
}

function stackPlaces() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const stack = String(new Error().stack).split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const places = [];
  for (const frame of stack) {
    const match = /\(?((?:file:\/\/)?\/[^()]*|\[eval\][^():]*):(\d+):\d+\)?$/.exec(frame);
    if (!match || match[1] === __filename || frame.includes('node:')) continue;
    let file = match[1];
    try { if (file.startsWith('file:')) file = fileURLToPath(file); } catch {}
    const place = file + ':' + match[2];
    if (places.at(-1) !== place) places.push(place);
    if (places.length === mostPlaces) break;
  }
  return places;
}

const realFolders = new Map();
function targetsOf(owner, parameters) {
  const targets = [];
  if (owner && typeof owner.fd === 'number') targets.push(owner.fd);
  for (const each of parameters.slice(0, 2)) {
    if (typeof each === 'number') {
      if (targets.length === 0) targets.push(each);
      break;
    }
    let text = null;
    try {
      if (typeof each === 'string') text = each;
      else if (each instanceof URL) text = fileURLToPath(each);
      else if (Buffer.isBuffer(each)) text = each.toString();
    } catch {}
    if (text === null || text.length > 4096 || text.includes('\0')) continue;
    const whole = path.resolve(text);
    const folder = path.dirname(whole);
    if (!realFolders.has(folder)) {
      let real = folder;
      try { real = realpath(folder); } catch {}
      realFolders.set(folder, real);
    }
    targets.push(path.join(realFolders.get(folder), path.basename(whole)));
    if (targets.at(-1) !== whole) targets.push(whole);
  }
  return targets;
}

/** Calls with notes around it; what is left to be done when it returns ends with its callback or its promise. */
function noted(name, owner, parameters, call, kind) {
  const isNative = kind === 'native';
  const own = stackPlaces();
  const places = own.length > 0 ? own : (ofChunk ?? []);
  if (places.length === 0) return call(parameters);
  const id = ++notes;
  let goesOn = false;
  let given = parameters;
  const last = parameters.at(-1);
  if (typeof last === 'function') {
    goesOn = true;
    given = parameters.slice(0, -1);
    given.push(function (...results) {
      say({ over: id });
      return Reflect.apply(last, this, results);
    });
  }
  const targets = isNative ? [] : targetsOf(owner, parameters);
  // Noted before it begins: another thread may be faster than whoever would say afterwards that it goes on.
  const mayGoOn = goesOn || kind !== 'synchronous';
  say({ at: id, name, places, targets, native: isNative, stays: mayGoOn ? 'task' : null });
  try {
    const result = call(given);
    if (result instanceof Promise) {
      goesOn = true;
      const over = () => say({ over: id });
      result.then(over, over);
    }
    return result;
  } finally {
    say({ left: id });
    if (mayGoOn && !goesOn) say({ over: id });
  }
}

function wrap(owner, kind) {
  for (const name of Object.getOwnPropertyNames(owner)) {
    const described = Object.getOwnPropertyDescriptor(owner, name);
    const original = described.value;
    if (typeof original !== 'function' || quiet.test(name) || name === 'constructor' || /^[A-Z]/.test(name)) continue;
    const wrapped = function (...parameters) {
      return noted(name, this, parameters, (given) => Reflect.apply(original, this, given), kind);
    };
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
    try { owner[name] = wrapped; } catch {}
  }
}
wrap(fs, 'synchronous');
wrap(fs.promises, 'promised');
let wrappedHandles = false;
fs.promises.open = async function (...parameters) {
  const handle = await noted('open', null, parameters, (given) => Reflect.apply(openPromised, fs.promises, given), 'promised');
  if (!wrappedHandles) {
    wrappedHandles = true;
    wrap(Object.getPrototypeOf(handle), 'promised');
  }
  return handle;
};

const madeAt = new WeakMap();
const chunksOf = new WeakMap();
function wrapStreams() {
  const { WriteStream } = fs;
  const make = fs.createWriteStream;
  fs.createWriteStream = function (...parameters) {
    const places = stackPlaces();
    const stream = within(places, () => noted('open', null, parameters, (given) => Reflect.apply(make, fs, given), 'synchronous'));
    madeAt.set(stream, places);
    return stream;
  };
  const { prototype } = WriteStream;
  const given = function (stream) {
    const places = stackPlaces();
    const list = chunksOf.get(stream) ?? [];
    list.push(places.length > 0 ? places : (madeAt.get(stream) ?? []));
    chunksOf.set(stream, list);
  };
  const taken = (stream, count) => {
    const [first] = (chunksOf.get(stream) ?? []).splice(0, count);
    return first && first.length > 0 ? first : (madeAt.get(stream) ?? null);
  };
  const { write: writeChunk, end } = prototype;
  prototype.write = function (...parameters) {
    given(this);
    return Reflect.apply(writeChunk, this, parameters);
  };
  prototype.end = function (...parameters) {
    const [chunk] = parameters;
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') given(this);
    return Reflect.apply(end, this, parameters);
  };
  const { _write, _writev, _construct } = prototype;
  prototype._write = function (...parameters) {
    const places = taken(this, 1);
    return within(places, () => Reflect.apply(_write, this, parameters));
  };
  prototype._writev = function (chunks, ...rest) {
    const places = taken(this, chunks.length);
    return within(places, () => Reflect.apply(_writev, this, [chunks, ...rest]));
  };
  prototype._construct = function (...parameters) {
    return within(madeAt.get(this) ?? null, () => Reflect.apply(_construct, this, parameters));
  };
}
function within(places, action) {
  const before = ofChunk;
  ofChunk = places;
  try { return action(); } finally { ofChunk = before; }
}
try { wrapStreams(); } catch {}

const isNativeCode = (value) => typeof value === 'function' && /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(value));
const proxies = new WeakMap();
const seen = new WeakSet();
const builtIn = new Set([Object, Function, Array, Promise, Map, Set, Date, Error, RegExp, Buffer, Uint8Array, ArrayBuffer].map((each) => each.prototype));
function nativeFunction(name, original) {
  if (proxies.has(original)) return proxies.get(original);
  const proxy = new Proxy(original, {
    apply: (target, self, parameters) => nativeValue(noted(name, null, parameters, (given) => Reflect.apply(target, self, given), 'native')),
    construct: (target, parameters, made) => nativeValue(noted(name, null, parameters, (given) => Reflect.construct(target, given, made), 'native')),
  });
  proxies.set(original, proxy);
  proxies.set(proxy, proxy);
  if (original.prototype) nativeOwner(original.prototype);
  return proxy;
}
function nativeOwner(owner) {
  if (owner === null || typeof owner !== 'object' || seen.has(owner) || builtIn.has(owner) || ArrayBuffer.isView(owner)) return;
  seen.add(owner);
  for (const name of Object.getOwnPropertyNames(owner)) {
    const described = Object.getOwnPropertyDescriptor(owner, name);
    if (name === 'constructor' || !isNativeCode(described.value)) continue;
    const value = nativeFunction(name, described.value);
    if (described.configurable) Object.defineProperty(owner, name, { ...described, value });
    else Object.defineProperty(classBefore(owner), name, { value, configurable: true, writable: true });
  }
}
/** Methods that may not be replaced where they are: objects get a class in between. */
const between = new WeakMap();
function classBefore(owner) {
  if (!between.has(owner)) between.set(owner, Object.create(owner));
  return between.get(owner);
}
/** What native code gave: an object of a class of its own, or a function. */
function nativeValue(value) {
  if (isNativeCode(value)) return nativeFunction(value.name || 'native', value);
  if (value === null || typeof value !== 'object' || value instanceof Promise) return value;
  for (let each = value; each !== null && !builtIn.has(each); ) {
    nativeOwner(each);
    const class_ = Object.getPrototypeOf(each);
    if (class_ !== null && !builtIn.has(class_)) nativeOwner(class_);
    if (between.has(class_)) {
      try { Object.setPrototypeOf(each, between.get(class_)); } catch {}
    }
    each = class_;
  }
  return value;
}
const { dlopen } = process;
process.dlopen = function (module, ...rest) {
  const result = Reflect.apply(dlopen, process, [module, ...rest]);
  try { module.exports = nativeValue(module.exports); } catch {}
  return result;
};
try {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (sqlite) for (const each of Object.values(sqlite)) if (typeof each === 'function' && each.prototype) nativeOwner(each.prototype);
} catch {}
require('node:module').syncBuiltinESMExports();
`;

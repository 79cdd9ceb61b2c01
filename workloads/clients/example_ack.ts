/**
 * Example of the TypeScript ack client: create, fsync, fsync the directory, ack.
 *
 * Promises   once the ack is recorded, notes.txt survives a power cut with its line.
 * Relies on  fsync(file) for data and size, fsync(directory) for the name.
 */
import { open } from 'node:fs/promises';
import { ack } from './plugpull-ack.js';

const file = await open('notes.txt', 'w');
await file.writeFile('saved by TypeScript\n');
await file.sync();
await file.close();

const directory = await open('.', 'r');
await directory.sync();
await directory.close();

await ack('notes.txt saved');

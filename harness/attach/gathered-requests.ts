/**
 * Requests to a loop device, gathered: those for neighbouring blocks are sent as one.
 *
 * A file system that replays its journal asks for block after block. A loop device has 128 requests under way at once, so
 * each of them is sent at once, alone. With few under way the others wait in a scheduler's queue, where neighbours are
 * joined: the same blocks in fewer round trips (an ext4 journal of 260 blocks: 74 requests a recovery, not 282).
 *
 * The kernel takes some ten milliseconds over each change, so this is for devices that see many requests. It keeps such
 * settings when a device is detached, for whoever attaches it next: `sendSingly` puts them back. Where /sys cannot be
 * written to, as in containers, everything stays as it is, and works.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const underWay = '4';
const scheduler = 'mq-deadline';
/** As the kernel sets loop devices up, unless it was told otherwise when it was started. */
const usuallyUnderWay = '128';
const toldUnderWay = '/sys/module/loop/parameters/hw_queue_depth';
/** Of the scheduler's own settings the one that tells ours from somebody's choice. */
const mark = { setting: 'iosched/fifo_batch', value: underWay };

/** @param device such as `/dev/loop3`, attached, and nobody else's */
export function gatherRequests(device: string): void {
  const queue = settingsOf(device);
  // Another scheduler is somebody's choice.
  if (chosenScheduler(queue) !== 'none') return;
  try {
    // Without a scheduler this is how many the device takes; with one, how many the scheduler keeps.
    writeFileSync(`${queue}/nr_requests`, underWay);
    writeFileSync(`${queue}/scheduler`, scheduler);
    writeFileSync(`${queue}/${mark.setting}`, mark.value);
  } catch {
    putBack(queue);
  }
}

/** As if its requests had never been gathered; does nothing where they were not. */
export function sendSingly(device: string): void {
  if (isGathered(device)) putBack(settingsOf(device));
}

export function isGathered(device: string): boolean {
  const queue = settingsOf(device);
  const marked = `${queue}/${mark.setting}`;
  return (
    chosenScheduler(queue) === scheduler &&
    existsSync(marked) &&
    readFileSync(marked, 'utf8').trim() === mark.value
  );
}

function putBack(queue: string): void {
  const usual = existsSync(toldUnderWay) ? readFileSync(toldUnderWay, 'utf8').trim() : usuallyUnderWay;
  try {
    writeFileSync(`${queue}/scheduler`, 'none');
    // It takes the number that it shows then for what is set, though the device still takes fewer: another one first.
    for (const count of [Number(usual) - 1, usual]) writeFileSync(`${queue}/nr_requests`, `${count}`);
  } catch {
    // Nobody may write there: it is slower, and no less right.
  }
}

function settingsOf(device: string): string {
  return `/sys/block/${device.slice('/dev/'.length)}/queue`;
}

/** The one in brackets; null where the kernel does not say. */
function chosenScheduler(queue: string): string | null {
  const setting = `${queue}/scheduler`;
  return existsSync(setting) ? (/\[(.+)\]/.exec(readFileSync(setting, 'utf8'))?.[1] ?? null) : null;
}

/** Ends this process with all its threads, wherever they are (_exit(2)): process.exit waits for those that stand in the kernel. */
export async function leave(exitCode: number): Promise<void> {
  // Only who leaves so needs it.
  const { default: koffi } = await import('koffi');
  koffi.load('libc.so.6').func('void _exit(int status)')(exitCode);
}

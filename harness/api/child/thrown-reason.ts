/** What was thrown, in a line; the recovered directory, which is another one each time, as `.`. */
export function reasonOf(thrown: unknown, directory: string): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const [first = ''] = text.split('\n').filter((line) => line.trim() !== '');
  return first.replaceAll(`${directory}/`, '').replaceAll(directory, '.').slice(0, 400) || 'it threw';
}

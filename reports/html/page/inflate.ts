/** What a data element holds; null when there is no such element. */
export async function inflated<T>(id: string): Promise<T | null> {
  const base64 = document.getElementById(id)?.textContent;
  if (!base64) return null;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return (await new Response(stream).json()) as T;
}

import { useEffect, useRef } from 'preact/hooks';

const moved = new Map<string, HTMLElement>();

/** A part of the plain report that the page shows as it is, at this place. */
export function MovedSection({ id }: { id: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Out of the document while another view is open: it is kept here.
    const section = moved.get(id) ?? document.getElementById(id);
    if (!section) return;
    moved.set(id, section);
    box.current?.append(section);
  }, [id]);
  return <div ref={box} />;
}

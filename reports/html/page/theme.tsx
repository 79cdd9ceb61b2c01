import { useEffect, useState } from 'preact/hooks';

const key = 'plugpull-theme';

/** Dark or light: as the system says, until somebody says otherwise. */
export function ThemeButton() {
  const [theme, setTheme] = useState<string | null>(remembered);
  useEffect(() => {
    if (theme === null) return;
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(key, theme);
    } catch {
      // A file opened from disk may not keep anything.
    }
  }, [theme]);
  const isDark = theme === null ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
  return (
    <button type="button" class="theme" aria-pressed={isDark} onClick={() => setTheme(isDark ? 'light' : 'dark')}>
      {isDark ? 'light' : 'dark'}
    </button>
  );
}

function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

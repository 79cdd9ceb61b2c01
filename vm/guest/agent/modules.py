"""Kernel modules on demand. `/plugpull/modules/index` has a line `name file file ...` for each, in load order."""
import kernel

FOLDER = '/plugpull/modules'
_loaded = set()


def _index():
    with open(f'{FOLDER}/index') as lines:
        return {words[0]: words[1:] for words in (line.split() for line in lines) if words}


def load(names):
    """Loads modules with what they depend on; returns those that this kernel does not have."""
    index = _index()
    for name in names:
        for file in index.get(name, []):
            if file not in _loaded:
                kernel.load_module(f'{FOLDER}/{file}')
                _loaded.add(file)
    return [name for name in names if name not in index]

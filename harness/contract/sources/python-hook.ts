import { markerDescriptor, markerPrefix } from './marker.js';

/**
 * For Python: a note before each function in C that may change files, and one when it has returned. What is written to a
 * file object may reach the file later, when the object goes: so these say which file it is.
 */
export const pythonHook = `import builtins, json, os, re, sys, sysconfig, threading, types

_write = os.write
_library = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.__file__)})
_packages = ("/site-packages/", "/dist-packages/")
_modules = {"posix", "io", "_io", "fcntl", "mmap", "sqlite3", "_sqlite3", "shutil", "_dbm", "_gdbm", "_pickle", "_csv", "marshal", "ctypes", "_ctypes", "zlib", "_bz2", "_lzma"}
_known = {}
_own = {each for scope in (vars(builtins), vars(types)) for each in scope.values() if isinstance(each, type)}
_inner = re.compile("iterator|_keys|_values|_items|view|generator|coroutine|method|wrapper|descriptor|weak|Struct")
_quiet = {"read", "readline", "readlines", "readinto", "stat", "lstat", "fstat", "fspath", "getcwd", "listdir", "scandir",
          "tell", "seek", "fileno", "isatty", "readable", "writable", "seekable", "getpid", "urandom", "waitpid"}
_most = 12
_local = threading.local()
_notes = 0


def _say(note):
    try:
        _write(${markerDescriptor}, ("${markerPrefix}" + json.dumps(note)).encode("utf-8", "surrogateescape"))
    except OSError:
        pass


def _is_native(module):
    """A module that is a library of machine code, not one of Python's own."""
    if module is None or module == "builtins":
        return False
    known = _known.get(module)
    if known is None:
        file = getattr(sys.modules.get(module), "__file__", None) or ""
        known = _known[module] = file.endswith(".so") and not _is_library(file)
    return known


def _is_foreign(kind):
    """A class of machine code that does not say from which module it is."""
    known = _known.get(kind)
    if known is None:
        known = _known[kind] = (kind.__module__ == "builtins" and not kind.__flags__ & 512 and kind not in _own
                                and not _inner.search(kind.__name__))
    return known


def _is_library(file):
    return file.startswith("<frozen") or file.startswith(_library) and not any(part in file for part in _packages)


def _places(frame):
    places = []
    while frame is not None and len(places) < _most:
        file = frame.f_code.co_filename
        if not _is_library(file) and file != __file__:
            place = "%s:%d" % (os.path.abspath(file) if not file.startswith("<") else file, frame.f_lineno)
            if not places or places[-1] != place:
                places.append(place)
        frame = frame.f_back
    return places


def _target(owner):
    name = getattr(owner, "name", None)
    if isinstance(name, int):
        return [name]
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if not isinstance(name, str) or name.startswith("<"):
        return []
    whole = os.path.abspath(name)
    return [os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole)), whole]


def _mark(frame, event, function):
    global _notes
    if event == "c_call":
        open_ = getattr(_local, "open", None)
        if open_ is None:
            open_ = _local.open = []
        if getattr(_local, "busy", False):
            return
        owner = getattr(function, "__self__", None)
        module = getattr(function, "__module__", None)
        kind = type(owner).__module__
        name = getattr(function, "__name__", "")
        if name in _quiet:
            return
        if module not in _modules and kind not in _modules and name not in ("open", "print") and not (
            _is_native(module) or _is_native(kind) or _is_foreign(type(owner))
        ):
            return
        _local.busy = True
        try:
            places = _places(frame)
            if places:
                _notes += 1
                open_.append((function, _notes))
                _say({"at": _notes, "name": name, "places": places, "targets": _target(owner) if kind in ("_io", "io") else [],
                      "native": False, "stays": "object" if kind in ("_io", "io") and name in ("write", "writelines") else None})
        finally:
            _local.busy = False
    elif event in ("c_return", "c_exception"):
        open_ = getattr(_local, "open", None)
        if open_ and open_[-1][0] is function and not getattr(_local, "busy", False):
            _say({"left": open_.pop()[1]})


threading.setprofile(_mark)
sys.setprofile(_mark)
`;

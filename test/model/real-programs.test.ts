import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runTraced } from '../../harness/contract/tracing/traced-run.js';
import { compareTrees, type DirectoryTree, readDirectoryTree } from '../../harness/model/directory-tree.js';
import { treeOf } from '../../harness/model/logical-state.js';
import { replay } from '../../harness/model/replay.js';
import { readTraceLog } from '../../harness/syscalls/trace-log.js';
import { ownUser } from '../../harness/trace/attributes.js';

/** Traces of real programs parse with no unknown call, and their replay ends in the tree they left. */

function missing(...programs: string[]): string | false {
  const absent = ['strace', ...programs].filter((program) => spawnSync('which', [program]).status !== 0);
  if (absent.length === 0) return false;
  if (process.env.PLUGPULL_REQUIRE === 'all')
    throw new Error(`required and not installed: ${absent.join(', ')}`);
  return `not installed: ${absent.join(', ')}`;
}

const programs: { name: string; needs: string[]; setup?: string; run: string; mapped?: string[] }[] = [
  {
    name: 'shell tools',
    needs: [],
    setup: 'mkdir old; echo one > old/a; ln old/a old/b; ln -s a old/c',
    run: `cp -r old new; mv old/a new/z; rm old/c; (cd new && echo more >> z && exec 5>>b && echo x >&5); mkdir -p p/q/r;
      dd if=/dev/zero of=p/zeros bs=1000 count=9 seek=2 status=none; truncate -s 5000 p/zeros; fallocate -o 100 -l 200 -p p/zeros;
      sort -r new/z -o new/z; tee t1 t2 < new/z > /dev/null; mkfifo p/fifo; touch -d yesterday t1; chmod 600 t1; sync`,
  },
  {
    name: 'python',
    needs: ['python3'],
    run: `python3 -c '
import ctypes, os, shutil, threading
with open("a>b\\x01é.txt", "w+b") as f:
    f.write(b"he\\0llo\\x01" + os.urandom(3000)); f.seek(3); f.write(b"XY"); f.truncate(2500); f.flush(); os.fsync(f.fileno())
os.rename("a>b\\x01é.txt", "b")
def work(name):
    for turn in range(5):
        with open(name, "a") as f: f.write(name * 100)
threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
t = os.open(".", os.O_TMPFILE | os.O_RDWR); os.write(t, b"tmp")
ctypes.CDLL(None).linkat(-100, f"/proc/self/fd/{t}".encode(), -100, b"linked", 0x400)
os.write(t, b"more"); os.pwrite(t, b"zz", 1); os.pwritev(t, [b"a", b"b"], 10, os.RWF_DSYNC)
os.mkdir("tree"); shutil.copy2("b", "tree/b"); shutil.copytree("tree", "tree2"); shutil.move("tree2/b", "moved"); shutil.rmtree("tree2")
d = os.open(".", os.O_RDONLY); os.mkdir("dd", dir_fd=d); os.rename("0", "dd/0", src_dir_fd=d, dst_dir_fd=d); os.fsync(d)
os.chdir("dd"); open("../dd/y", "w").write("1"); os.link("y", "../y2"); os.symlink("../linked", "s"); open("s", "a").write("via")
r, w = os.pipe(); pid = os.fork()
if pid == 0:
    os.dup2(os.open("child", os.O_CREAT | os.O_WRONLY | os.O_APPEND), 1); os.execvp("echo", ["echo", "from the child"])
os.waitpid(pid, 0); os.replace("child", "../linked2")
'`,
  },
  {
    name: 'doubled slashes',
    needs: ['python3'],
    setup: 'mkdir sub; echo 1 > given',
    run: `python3 -c '
import os
here = os.getcwd()
open(here + "//new", "w").write("1"); os.rename(here + "//new", here + "///sub//moved"); os.link(here + "//given", here + "//linked")
os.symlink(here + "//sub", "link"); open("link/through", "w").write("2"); os.mkdir(here + "//made/"); os.unlink(here + "//./given")
os.chmod(here + "//../" + os.path.basename(here) + "//linked", 0o600); os.symlink("sub//moved", here + "//.//inner"); open("inner", "a").write("3")
os.chdir(here + "//sub/"); open("..//made//..//made/file", "w").write("4"); os.chdir(here + "//"); open("last", "w").write("5")
'`,
  },
  {
    name: 'masks and modes',
    needs: ['python3'],
    setup: 'echo x > given; chmod 604 given',
    run: `python3 -c '
import os, stat, subprocess
open("default", "w").close(); os.umask(0o027); open("masked", "w").close(); os.mkdir("folder"); os.mkfifo("fifo", 0o666)
os.chmod("given", 0o4711); fd = os.open("tight", os.O_CREAT | os.O_WRONLY, 0o600); os.fchmod(fd, 0o640)
pid = os.fork()
if pid == 0:
    os.umask(0); open("child", "w").close(); os._exit(0)
os.waitpid(pid, 0); open("parent", "w").close(); subprocess.run(["touch", "touched"])
'`,
  },
  {
    name: 'splice through pipes',
    needs: ['python3'],
    setup: 'head -c 200000 /dev/urandom > source',
    run: `python3 -c '
import os
r, w = os.pipe(); source = os.open("source", os.O_RDONLY); target = os.open("target", os.O_CREAT | os.O_WRONLY)
while (count := os.splice(source, w, 50000)) > 0:
    while count > 0: count -= os.splice(r, target, count)
pid = os.fork()
if pid == 0:
    os.close(r); data = os.urandom(300000)
    while data: data = data[os.write(w, data):]
    os._exit(0)
os.close(w); child = os.open("child", os.O_CREAT | os.O_WRONLY)
head = os.read(r, 100); os.write(child, head)
while os.splice(r, child, 65536) > 0: pass
os.waitpid(pid, 0); os.fsync(child)
'`,
  },
  {
    name: 'python tempfile and mmap',
    needs: ['python3'],
    mapped: ['mapped'],
    run: `python3 -c '
import mmap, tempfile, os
with tempfile.NamedTemporaryFile(dir=".", delete=False) as f: f.write(b"x" * 5000)
os.replace(f.name, "kept")
with open("mapped", "w+b") as f:
    f.truncate(4096); m = mmap.mmap(f.fileno(), 4096); m[0:5] = b"hello"; m.flush()
'`,
  },
  {
    name: 'node',
    needs: ['node'],
    run: `node -e '
const fs = require("node:fs"); const { pipeline } = require("node:stream/promises"); const { Readable } = require("node:stream");
(async () => {
  await new Promise((done, failed) => fs.writeFile("callback", "c".repeat(600000), (error) => error ? failed(error) : done()));
  fs.writeFileSync("sync", "x".repeat(70000)); fs.appendFileSync("sync", "tail");
  await Promise.all([..."abcdef"].map((n) => fs.promises.writeFile(n, n.repeat(9000), { flush: true })));
  const h = await fs.promises.open("handle", "w"); await h.writev([Buffer.from("one"), Buffer.from("two")]); await h.datasync(); await h.truncate(4); await h.close();
  await pipeline(Readable.from(["s1", "s2"]), fs.createWriteStream("stream", { flush: true }));
  await fs.promises.cp("a", "copied"); await fs.promises.copyFile("b", "copied2"); await fs.promises.mkdir("m/n", { recursive: true });
  await fs.promises.rename("c", "m/n/c"); await fs.promises.rm("d"); fs.symlinkSync("a", "link"); await fs.promises.utimes("a", 1, 2);
})();
'`,
  },
  {
    name: 'sqlite, rollback journal',
    needs: ['sqlite3'],
    run: 'sqlite3 t.db "create table t(a); insert into t values(1); begin; insert into t select a+1 from t; commit; vacuum;"',
  },
  {
    name: 'sqlite, write-ahead log',
    needs: ['sqlite3'],
    mapped: ['t.db-shm'],
    run: 'sqlite3 t.db "pragma journal_mode=wal; create table t(a); insert into t values(1); insert into t values(2);"',
  },
  {
    name: 'git',
    needs: ['git'],
    run: `git init -q . && echo hi > a && git add a && git -c user.name=a -c user.email=b@c commit -qm x && echo more >> a &&
      git -c user.name=a -c user.email=b@c commit -qam y && git gc -q && git checkout -q HEAD~1`,
  },
  {
    name: 'tar',
    needs: ['tar', 'gzip'],
    setup:
      'mkdir d; echo one > d/one; ln d/one d/two; ln -s one d/three; head -c 300000 /dev/urandom > d/big',
    run: 'tar czf d.tgz d && mkdir out && tar xzf d.tgz -C out && tar xzf d.tgz --overwrite -C out',
  },
  {
    name: 'dpkg-deb',
    needs: ['dpkg-deb'],
    setup:
      'mkdir -p p/DEBIAN p/usr && printf "Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: d\\n" > p/DEBIAN/control && echo hi > p/usr/f',
    run: 'dpkg-deb -b p x.deb && dpkg-deb -x x.deb out',
  },
];

for (const { name, needs, setup, run, mapped } of programs) {
  t.test(name, { skip: missing(...needs), timeout: 300_000 }, async (t) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plugpull-real-')));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const directory = join(folder, 'root');
    mkdirSync(directory);
    const common = { directory, env: process.env, timeoutMs: 300_000 };
    if (setup) t.match(await runTraced({ ...common, command: setup, trace: null }), { exitCode: 0 });
    const initial = readDirectoryTree(directory);
    const logFile = join(folder, 'log');
    t.match(await runTraced({ ...common, command: run, trace: { logFile } }), { exitCode: 0 });
    const log = readTraceLog(logFile);
    t.strictSame(log.faults, []);
    t.notOk(log.cut);
    t.strictSame(
      log.calls.flatMap(({ operation }) => (operation.op === 'opaque' ? [operation.reason] : [])),
      [],
    );
    const history = replay(log.calls, {
      rootPath: directory,
      initial,
      acks: { stdout: null, socket: null },
      umask: process.umask(),
      user: ownUser(),
    });
    t.strictSame(history.doubts, []);
    const opaque = history.inodes
      .filter((inode) => inode.opaque || inode.storeDoubts.length > 0)
      .map((inode) => inode.place?.name);
    t.strictSame(opaque, mapped ?? [], 'files whose bytes the trace does not show');
    const differences = compareTrees(treeOf(history.root), readDirectoryTree(directory), {
      ignoreContentOf: (path) => opaque.includes(path),
    });
    t.strictSame(differences, []);
    const modes = (tree: DirectoryTree): unknown =>
      [...tree].flatMap(([path, { kind, mode }]) => (kind === 'symlink' ? [] : [[path, mode.toString(8)]]));
    t.strictSame(modes(treeOf(history.root)), modes(readDirectoryTree(directory)), 'modes');
    for (const [path, { kind, owner }] of readDirectoryTree(directory)) {
      if (kind === 'symlink' || path === '') continue;
      const { identity } = treeOf(history.root).get(path)!;
      t.strictSame(history.inodes[identity as number]!.owner, owner, `owner of ${path}`);
    }
    t.ok(history.steps.length > 5, `${history.steps.length} steps`);
  });
}

"""What a hostile or broken submission may be: one Case each, with what the honest work in it earns.

Each is graded in one class together with all others (tests/test_hostile.py), twice. Archives (zip slip, bombs) are
tested where archives are read: tests/test_intake.py and tests/test_lms.py.
"""

import copy
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import nbformat
import small_course
from nbformat import v4
from small_course import SLUG, TEST_DOUBLE, submit

SECRET = "s3cr3t-0f-7he-1n57ruc70r"  # planted wherever a student must not look
MARKER = "written-by-a-student"  # name of files that must not appear
SLEEP = "86413"  # argument of processes that must not stay
RIGHT = "def double(x):\n    return 2 * np.asarray(x)\n"  # with the untouched prediction: 4 points
WRONG = "def double(x):\n    return x\n"  # one test in three: 2 points


@dataclass(frozen=True)
class Case:
    """A submission and its outcome.

    Args:
        name: unique. score: automatic points that the honest work in it earns; None: it cannot be graded.
        sources: cells of the complete notebook to replace, by id; COURSE and PORT are filled in.
        flags: of what a human is told, at least one of these. least: where credit may be lost, down to this.
        content: bytes instead of a notebook. change: what else happens to the notebook.
        folder: what else happens to the folder. student: whose it is.
    """

    name: str
    score: float | None
    sources: dict = field(default_factory=dict)
    flags: tuple = ()
    least: float | None = None
    content: bytes | None = None
    change: Callable | None = None
    folder: Callable | None = None
    student: str = ""

    def hand_in(self, course, port):
        """Write submitted/STUDENT/ASSIGNMENT/ of a course folder."""
        filled = {name: source.replace("COURSE", str(course)) for name, source in self.sources.items()}
        filled = {name: source.replace("PORT", str(port)) for name, source in filled.items()}
        content = self.content
        if self.change:
            notebook = handed_in(**filled)
            self.change(notebook)
            content = json.dumps(notebook, indent=1).encode()
        folder = submit(course, self.student or self.name, content, **filled)
        if self.folder:
            self.folder(folder)


def handed_in(**sources):
    """The complete notebook with cells replaced."""
    notebook = small_course.notebook()
    for cell in notebook.cells:
        cell.source = sources.get(cell.id.replace("-", "_"), cell.source)
    return notebook


RAW = nbformat.writes(small_course.notebook()).encode()
NUMBER = {"double": 1, "test-double": 2, "guess": 3, "test-guess": 4, "answer": 5}


def cell(name, **fields):
    """A change of a notebook: fields of one cell replaced."""
    return lambda notebook: notebook.cells[NUMBER[name]].update(fields)


def role(**fields):
    """A change of a notebook: fields of every cell's nbgrader metadata replaced."""
    return lambda notebook: [c.metadata.nbgrader.update(fields) for c in notebook.cells]


def metadata(value):
    return lambda notebook: [c.update(metadata=nbformat.from_dict(value)) for c in notebook.cells]


def added(*sources, place=6):
    """A change of a notebook: code cells of the student's own, at the end unless a place is given."""
    return lambda notebook: notebook.cells.__setitem__(
        slice(place, place), [v4.new_code_cell(source, id=f"own-{n}") for n, source in enumerate(sources)]
    )


def split(notebook):
    half = len(TEST_DOUBLE) // 2
    notebook.cells[2].source = TEST_DOUBLE[:half]
    notebook.cells.insert(3, nbformat.from_dict({**notebook.cells[2], "source": TEST_DOUBLE[half:], "id": "other"}))


def baked(notebook):
    for each, points in ((notebook.cells[2], 3.0), (notebook.cells[4], 1.0)):
        each.outputs = [v4.new_output("execute_result", {"text/plain": str(points)}, execution_count=1)]


def version_3(notebook):
    older = nbformat.convert(copy.deepcopy(notebook), 3)
    notebook.clear()
    notebook.update(older)


def renamed(name):
    return lambda folder: (folder / f"{SLUG}.ipynb").rename(folder / name)


def beside(files):
    """A change of a folder: texts by their paths in it."""

    def write(folder):
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    return write


def linked(name, target):
    """A change of a folder: a link, to a path below the course folder, in place of a file."""

    def link(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(folder.parents[2] / target)

    return link


def linked_student(folder):
    folder.parent.rename(folder.parents[2] / "elsewhere")
    folder.parent.symlink_to(folder.parents[2] / "elsewhere")


def blob(folder):
    os.truncate(folder / f"{SLUG}.ipynb", 500_000_000)


def on(base, **codes):
    """{name: a function of a certain worth, then code that attacks}"""
    return {name: {"double": base + code} for name, code in codes.items()}


def cases(score, sources, **settings):
    return [Case(name.replace("_", "-"), score, source, **settings) for name, source in sources.items()]


FILES = [
    Case("zero bytes", None, content=b""),
    Case("not JSON", None, content=b"x = 1"),
    Case("truncated", None, content=RAW[: len(RAW) // 2]),
    Case("a list", None, content=b"[]"),
    Case("an object", None, content=b"{}"),
    Case("deep", None, content=b"[" * 100_000),
    Case("deep in a notebook", None, content=RAW.replace(b'"metadata": {', b'"metadata": {"a":' + b"[" * 100_000, 1)),
    Case("version 99", None, content=RAW.replace(b'"nbformat": 4', b'"nbformat": 99')),
    Case("a blob of 500 MB", None, folder=blob),
    Case("no notebook", None, folder=renamed("answers.txt")),
    Case("a name of copies", 4, folder=beside({"copy-" * 48 + "x.ipynb": "{}"})),
    Case("byte order mark", 4, content=b"\xef\xbb\xbf" + RAW),
    Case("carriage returns", 4, content=RAW.replace(b"\n", b"\r\n")),
    Case("lone surrogate", 4, content=RAW.replace(b"Porque", rb"\ud800")),
    Case("NUL", 4, content=RAW.replace(b"return 2 *", rb"return\u0000 2 *")),
    Case("version 3", 4, change=version_3),
    Case("empty kernelspec", 4, change=lambda notebook: notebook.metadata.update(kernelspec={})),
    Case("no metadata", 4, change=lambda notebook: notebook.update(metadata={})),
    Case("renamed", 4, folder=renamed("x (1).ipynb")),
    Case("garbage timestamp", 4, folder=beside({"timestamp.txt": "yesterday \0 🦊"})),
]

WEAK = "def test_double_known(double): ...\n\n\ncheck.grade(3)"
CELLS = [
    Case("skipped", 2, {"double": WRONG}, change=metadata({"tags": ["skip-execution"]})),
    Case("deleted tests", 2, {"double": WRONG}, change=lambda notebook: notebook.cells.pop(2)),
    Case("duplicated tests", 2, {"double": WRONG}, ("duplicated",), change=lambda n: n.cells.append(n.cells[2])),
    Case("duplicated answer", 4, {}, ("duplicated",), change=lambda n: n.cells.append(n.cells[1])),
    Case("split tests", 2, {"double": WRONG}, ("duplicated",), change=split),
    Case("schema 99", 4, change=role(schema_version=99)),
    Case("schema x", 4, change=role(schema_version="x")),
    Case("empty nbgrader", 4, change=metadata({"nbgrader": {}})),
    Case("flipped flags", 2, {"double": WRONG}, change=role(grade=False, solution=True, locked=False)),
    *(Case(f"points {p}", 2, {"double": WRONG}, change=role(points=p)) for p in (1000, "abc", None, float("nan"))),
    Case("answer as markdown", 4, change=cell("double", cell_type="markdown"), least=1),
    Case("text as code", 4, {"answer": "import os\nos._exit(1)"}, change=cell("answer", cell_type="code")),
    Case("tests as raw", 2, {"double": WRONG}, change=cell("test-double", cell_type="raw")),
    Case("weakened tests", 2, {"double": WRONG, "test_double": WEAK}),
    Case("tests as a number", 2, {"double": WRONG, "test_double": "3.0"}),
    Case("many cells", 4, {}, ("too-many-cells",), change=added(*["1"] * 300, place=2)),
    Case("baked outputs", 2, {"double": WRONG}, change=baked),
]

SWALLOWS = """
def double(x):
    while True:
        try:
            while True: pass
        except BaseException:
            pass
"""
TIMEOUT, ANY = ("timeout",), ("timeout", "died", "memory", "protocol")
HANGING = [
    Case("endless cell", 1, {"double": "while True: pass"}, TIMEOUT, 0),
    Case("endless call", 1, {"double": SWALLOWS}, TIMEOUT, 0),
    Case("endless at the end", 4, {}, TIMEOUT, change=added("while True: pass")),
    Case("many slow cells", 4, {}, TIMEOUT, change=added(*["import time; time.sleep(1)"] * 100)),
    # Without a traceback in each of its processes, whose time would reach its bound in some runs only.
    Case("fork bomb", 1, {"double": "import os\ntry:\n  while True: os.fork()\nexcept OSError: 0"}),
    Case("patient fork bomb", 1, {"double": "import os\nwhile True:\n  try: os.fork()\n  except OSError: 0"}, ANY, 0),
    Case(
        "threads", 4,
        {"double": RIGHT + "import threading as t\nwhile True: t.Thread(target=t.Event().wait).start()"},
        least=0,
    ),
    Case("memory in Python", 1, {"double": "x = []\nwhile True: x.append(bytearray(b'1' * 10**6))"}, ANY, 0),
    Case("memory in NumPy", 1, {"double": "x = []\nwhile True: x.append(np.ones(10**6))"}, ANY, 0),
    Case(
        "memory in TensorFlow", 1,
        {"double": "import tensorflow as tf\nx = []\nwhile True: x.append(tf.ones(10**6) + len(x))"}, ANY, 0,
    ),
    Case(
        "memory of children", 1,
        {"double": "import os\nfor i in range(5): os.fork()\nx = b'1' * 10**8\nwhile 1: 0"}, ANY, 0,
    ),
    Case(
        "memory of sockets", 1,
        {
            "double": "import os, socket\nfor i in range(4): os.fork()\nx = []\n"
            "try:\n    while 1: x += socket.socketpair()\nfinally:\n    while 1: 0"
        },
        ANY, 0,
    ),
    *cases(
        4,
        on(
            RIGHT,
            one_allocation="np.ones(1 << 40)",
            full_disk="open('full', 'wb').write(bytes(1 << 30))",
            many_files="for i in range(10**6): open(f'{i}', 'w').close()",
            sparse_file="import os\nos.truncate(os.open('sparse', os.O_CREAT | os.O_RDWR), 1 << 45)",
            shared_memory="open('/dev/shm/full', 'wb').write(bytes(1 << 30))",
            memory_in_nobodys_sight="import mmap\nx = mmap.mmap(-1, 1 << 30)\nx.write(b'1' * (1 << 29))",
            input_in_a_cell="input('?')",
            daemon=f"import subprocess\nsubprocess.Popen(['sleep', '{SLEEP}'], start_new_session=True)",
        ),
    ),
    Case("input in a call", 1, {"double": "def double(x):\n    return input()"}),
    *cases(
        1,
        {
            "deadlock": {"double": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"},
            "native_wait": {"double": "import ctypes\nctypes.CDLL(None).pause()"},
            "stopped": {"double": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"},
            "regex": {"double": "import re\nre.match('(a+)+$', 'a' * 99 + 'b')"},
            "closed_link_held": {"double": "import os\nif os.fork():\n    os.closerange(3, 99)\nwhile True: pass"},
        },
        flags=ANY, least=0,
    ),
]  # fmt: skip

DEATH = [
    *cases(
        1,
        {
            "exit": {"double": "import os\nos._exit(0)"},
            "exit_in_a_call": {"double": "def double(x):\n    import os\n    os._exit(0)"},
            "segfault": {"double": "import ctypes\nctypes.string_at(0)"},
            "killed": {"double": "import os\nos.kill(os.getpid(), 9)"},
            "kills_all": {"double": "import os\ntry: os.kill(-1, 9)\nfinally: os.kill(os.getpid(), 9)"},
        },
        flags=("died",), least=0,
    ),
    Case("exit at the end", 4, {}, ("died",), change=added("import os\nos._exit(1)")),
    *cases(
        4,
        on(
            RIGHT,
            quits="quit()",
            sys_exit="import sys\nsys.exit()",
            kills_its_parent="import os\nos.kill(os.getppid(), 9)",
            kills_the_first="import os\nos.kill(1, 9)",
            odd_process_name="import ctypes\nctypes.CDLL(None).prctl(15, b'\\xff', 0, 0, 0)",
        ),
    ),
    Case(
        "kills by number", 4,
        {"double": RIGHT + "import os, itertools\nfor pid in {*range(1, 1 << 16)} - {os.getpid()}:\n"
         "    try: os.kill(pid, 9)\n    except OSError: pass"},
    ),
]  # fmt: skip

TRANSFORM = """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Compare(self, node): return ast.Constant(True)
get_ipython().ast_transformers.append(Drop())"""
ALWAYS = """
class Always(float):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda *_: True
    __ne__ = lambda *_: False
    __sub__ = __rsub__ = __abs__ = lambda *_: Always(0.0)
    __hash__ = None
"""
CHANGES = """def double(x):
    if np.size(x) == 2: return [2.0, 4.0]
    if np.ndim(x): x[...] = 0
    return 0.0 * np.asarray(x)"""
EQUAL = "class Always:\n    __eq__ = lambda *_: True\n"
LIKE = """
class Like(np.ndarray):
    __eq__ = lambda *_: np.True_
    __sub__ = __rsub__ = lambda self, _: 0 * np.asarray(self)
    __array_function__ = lambda *_: True
    __array_ufunc__ = lambda *_, **__: np.True_
"""
PICKLE = f"class Opens:\n    __reduce__ = lambda *_: (open, ('/tmp/{MARKER}', 'w'))\n"
LINK = """
import os, socket, stat
links = [fd for fd in range(3, 256) if os.path.exists(f'/proc/self/fd/{fd}') and stat.S_ISSOCK(os.fstat(fd).st_mode)]
"""
REPLIES = f"""{LINK}
from utils import checks
good = {{"mutated": False, "numpy_global": False, "warnings": []}}
for n in range(99):
    value = checks.encode(True)
    told = checks._joined({{"id": n, "value": len(value), "effects": good}}, value)
    for link in links: os.write(link, len(told).to_bytes(8, "big") + told)"""
FORGING = [
    *cases(
        2,
        on(
            WRONG,
            traceback="get_ipython().showtraceback = lambda *a, **k: None",
            ast_transformer=TRANSFORM,
            input_transformer="get_ipython().input_transformers_cleanup.append(lambda lines: ['3.0\\n'])",
            run_cell="get_ipython().run_cell_async = get_ipython().run_cell = lambda *a, **k: 3.0",
            display_hook="import sys\nsys.displayhook = get_ipython().displayhook = lambda *_: print(3.0)",
            fake_result="from IPython.display import display\ndisplay(3.0)\nprint(3.0)\n3.0",
            close="from utils import checks\nchecks.close = checks.equal = checks.raises = lambda *a, **k: None",
            plain="from utils import checks\nchecks.encode = lambda *a, **k: b''",
            nan_credit="from utils import checks\nchecks.grade = lambda points: float('nan')",
            negative_credit="from utils import checks\nchecks.grade = lambda points: -5.0",
            large_credit="from utils import checks\nchecks.grade = lambda points: 1e9",
            numpy="np.allclose = np.array_equal = lambda *a, **k: True\nnp.abs = np.isfinite = lambda x: 0 * x",
            builtins="import builtins\nbuiltins.all = lambda *_: True\nbuiltins.isinstance = lambda *_: True",
            math="import math\nmath.isclose = math.isfinite = lambda *a, **k: True",
            garbage=LINK + "for link in links: os.write(link, b'garbage' * 99)",
            replies_in_advance=REPLIES,
            large_frame=LINK + "for link in links: os.write(link, (1 << 60).to_bytes(8, 'big'))",
            small_frame=LINK + "for link in links: os.write(link, bytes(8))",
        ),
        least=0,
    ),
    Case("equal to all", 1, {"double": EQUAL + "def double(x):\n    return Always()"}),
    Case("lying float", 2, {"double": ALWAYS + "def double(x):\n    return Always(np.sum(x))"}, least=1),
    Case("lying array", 2, {"double": LIKE + "def double(x):\n    return np.asarray(x, float).view(Like)"}, least=1),
    Case("lying prediction", 3, {"guess": ALWAYS + "guess = Always(7)"}),
    Case("equal prediction", 3, {"guess": EQUAL + "guess = Always()"}),
    Case("NaN prediction", 3, {"guess": "guess = float('nan')"}),
    Case("by heart", 3, {"double": "def double(x):\n    return [2.0, 4.0] if np.size(x) == 2 else 0.0"}),
    Case("by heart, and the inputs are changed", 3, {"double": CHANGES}),
    Case("rows without entries", 3, {"guess": "guess = np.zeros((10**8, 0))"}),
    Case("colliding keys", 1, {"double": "def double(x):\n    return {i * (2**61 - 1): 0 for i in range(12_000)}"}),
    Case("pickle", 1, {"double": PICKLE + "def double(x):\n    return Opens()"}),
    Case(
        "warns and is right", 4,
        {"double": "import sys, warnings\ndef double(x):\n    warnings.warn('odd')\n    print('odd', file=sys.stderr)\n"
         "    np.log(np.zeros(1))\n    return 2 * np.asarray(x)"},
    ),
]  # fmt: skip

WALK = """
import os
def show(*tops):
    for top in tops:
        for folder, folders, names in os.walk(top):
            folders[:] = {*folders} - {'.venv', '.pyenv', 'lib', 'lib64', 'proc', 'sys', 'usr', 'utils'}
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < 10**6:
                        data = open(path, 'rb').read()
                        if b's3cr' in data or b'test_double' in data:
                            print(path, data.decode(errors='replace'))
                except OSError as error:
                    print(error)
"""
MEMORY = """
import re
for line in open('/proc/self/maps'):
    start, end = (int(x, 16) for x in line.split()[0].split('-'))
    if 'rw' in line and end - start < 1 << 27:
        with open('/proc/self/mem', 'rb') as memory:
            memory.seek(start)
            data = memory.read(end - start)
        for found in re.findall(b's3cr[3]t-0f-7h[e].{40}|test_double_rando[m].{40}', data):
            print('FOUND', 'IN', 'MEMORY', found)"""
PARENT = """
import os
for pid in [p for p in os.listdir('/proc') if p.isdigit()] + [os.getppid(), 1]:
    for name in ('environ', 'cmdline', 'mem', 'maps', 'fd', 'root', 'cwd'):
        try:
            path = f'/proc/{pid}/{name}'
            print(path, os.listdir(path) if name in ('fd', 'root', 'cwd') else open(path, 'rb').read(10**5))
        except OSError as error:
            print(error)"""
FRAMES = """
import sys
seen = []
def double(x):
    frame = sys._getframe()
    while frame:
        seen.append(repr(frame.f_locals)[:5000])
        frame = frame.f_back
    return 2 * np.asarray(x)
"""
READING = [
    *cases(
        4,
        on(
            RIGHT,
            own_notebook=WALK + "show('.', '..', '/student', '/tmp')",
            solutions="print(open('../../solutions/01-small/01-small.ipynb').read())",
            solutions_by_path="print(open('COURSE/solutions/01-small/01-small.ipynb').read())",
            course=WALK + "show('COURSE')",
            gradebook="import sqlite3\nprint([*sqlite3.connect('COURSE/gradebook/gradebook.db').iterdump()])",
            others=WALK + "show('COURSE/submitted', '../..')",
            environment="import os\nprint(os.environ)\n!env\nprint(open('/proc/self/environ').read())",
            keys=WALK + "show(os.path.expanduser('~'), '/root', '/home', 'COURSE/home')",
            system=WALK + "show('/etc', '/var', '/run', '/opt', '/srv', '/mnt', '/proc/1/root', '/proc/self/root')",
            hook="get_ipython().events.register('pre_run_cell', lambda info: print(info.raw_cell))",
            memory=MEMORY,
            parent=PARENT,
            grader="import utils.grading.examiner, utils.release",
        ),
    ),
    Case("frames", 4, {"double": FRAMES}, change=added("print(seen)")),
    Case("linked notebook", None, folder=linked(f"{SLUG}.ipynb", f"solutions/{SLUG}/{SLUG}.ipynb")),
    Case("linked student", None, folder=linked_student),
    Case("linked to another", None, folder=linked(f"{SLUG}.ipynb", f"submitted/canary/{SLUG}/{SLUG}.ipynb")),
    Case(
        "linked data",
        4,
        {"double": RIGHT + "print(open('data.csv').read())"},
        folder=linked("data.csv", "home/notes.txt"),
    ),
    Case("linked timestamp", 4, folder=linked("timestamp.txt", "home/notes.txt")),
]

NETWORK = cases(
    4,
    on(
        RIGHT,
        download="import urllib.request\nprint(urllib.request.urlopen('http://127.0.0.1:PORT/', timeout=2).read())",
        outside="import socket\nsocket.create_connection(('192.0.2.1', 80), 2)",
        names="import socket\nprint(socket.getaddrinfo('example.org', 80))",
        local="import socket\nsocket.create_connection(('localhost', PORT), 2).send(b'here')",
        every_address="import socket\nsocket.create_connection(('0.0.0.0', PORT), 2).send(b'here')",
        six="import socket\nsocket.create_connection(('::1', PORT), 2).send(b'here')",
        datagram="import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'here', ('127.0.0.1', PORT))",
        by_path="import socket\nsocket.socket(socket.AF_UNIX).connect('COURSE/listener')",
        abstract="import socket\nsocket.socket(socket.AF_UNIX).connect('\\0listener-PORT')",
        machine_below="import socket\nsocket.socket(40, socket.SOCK_STREAM).connect((2, PORT))",
        shell="!curl -sm 2 http://127.0.0.1:PORT/",
    ),
)

UPDATE = """import sqlite3
with sqlite3.connect('COURSE/gradebook/gradebook.db') as database:
    database.execute('UPDATE grade SET manual_score = 9')"""
MARK = f"""import os
for top in ('COURSE', '/tmp', '/', '/dev/shm', os.path.expanduser('~')):
    try: open(os.path.join(top, '{MARKER}'), 'w').close()
    except OSError: pass"""
MOUNT = f"""import ctypes
ctypes.CDLL(None).mount(b'none', b'/', None, 4096 | 32, None)
open('/{MARKER}', 'w')"""
WRITING = [
    *cases(
        4,
        on(
            RIGHT,
            update=UPDATE,
            sources="open('COURSE/solutions/01-small/01-small.ipynb', 'w').write('')",
            other="import shutil\nshutil.rmtree('COURSE/submitted')",
            configuration="open('COURSE/nbgrader_config.py', 'a').write('raise SystemExit')",
            marker=MARK,
            library=f"open(np.__file__.replace('__init__.py', '{MARKER}'), 'w')",
            package="import utils\nopen(utils.__file__, 'a').write('raise SystemExit')",
            remount=MOUNT,
        ),
    ),
    Case("library beside", 2, {"double": WRONG}, folder=beside({"numpy.py": "", "utils.py": "", "random.py": ""})),
    Case(
        "package beside", 2, {"double": WRONG},
        folder=beside({"utils/__init__.py": "", "utils/checks.py": "def grade(points): return points"}),
    ),
    Case("configuration beside", 4, folder=beside({"nbgrader_config.py": "raise SystemExit", "conftest.py": "1 / 0"})),
    Case("library written", 2, {"double": WRONG + "for n in ('numpy', 'utils'): open(n + '.py', 'w').write('1 / 0')"}),
]  # fmt: skip

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)><img src=http://192.0.2.1/spy.png>"
SHOWS = f"""from IPython.display import HTML, SVG, Javascript, display
display(HTML('{SCRIPT}'), Javascript('alert(1)'), SVG('<svg onload="alert(1)"></svg>'))"""
DISPLAYS = """from IPython.display import display, HTML
for i in range(5000): display(HTML(f'<b>{i}</b>' * 99))"""
OPEN = """from IPython.display import HTML, display
display(HTML('<p>' + ''.join(f'<b title={i}>' for i in range(4000)) + '<p>x' * 4000))"""
ODD = """class D:
    _repr_html_ = lambda self: 10**5
    _repr_mimebundle_ = lambda *_, **__: {1: object()}
D()"""
ANSWER = f"{SCRIPT}\n\n[x](javascript:alert(1)) ![x](http://192.0.2.1/spy.png)\n\n$\\href{{javascript:alert(1)}}{{x}}$"
OUTPUT = [
    *cases(
        4,
        on(
            RIGHT,
            many_lines="for i in range(60000): print(i)",
            long_line="print('x' * 20_000_000)",
            pieces="for i in range(10**5): print('x', end='')",
            many_displays=DISPLAYS,
            many_figures="import matplotlib.pyplot as plt\nfor i in range(12): plt.figure(); plt.plot([i])",
            bytes_below="import os\nos.write(1, b'x' * 10**7)\nos.write(2, b'x' * 10**7)",
            escapes="print('\\x1b[2J\\x1b]0;title\\x07' * 99, '\\x00\\ud800')",
            scripts=SHOWS,
            long_error=f"raise ValueError('''{SCRIPT}''' * 10**5)",
            odd_error="class E(Exception):\n    __str__ = __repr__ = lambda self: 1 / 0\nraise E",
            odd_display=ODD,
            surrogates="from IPython.display import JSON, display\ndisplay(JSON({'a': '\\ud800', '\\ud800': 1}))",
            left_open=OPEN,
            formula_openers="from IPython.display import Markdown, display\ndisplay(Markdown(r'\\\\( ' * 40000))",
        ),
    ),
    Case("endless display", 4, {}, TIMEOUT, change=added(DISPLAYS.replace("range(5000)", "iter(int, 1)"))),
    Case("deep error", 4, {"double": RIGHT + "def f(n): f(n + 1)\nf(0)"}, least=0),  # IPython needs seconds to show it
    Case("output in a call", 4, {"double": "def double(x):\n    print('x' * 10**6)\n    return 2 * np.asarray(x)"}),
    Case("long result", 1, {"double": "def double(x):\n    return 'x' * 10**7"}),
    Case("large result", 1, {"double": "def double(x):\n    return np.zeros(10**6)"}),
    Case("huge result", 1, {"double": "def double(x):\n    return np.ones(1 << 26)"}, ANY, 0),
    Case("deep result", 1, {"double": "def double(x):\n    y = []\n    for _ in range(10**5): y = [y]\n    return y"}),
    Case("long name", 1, {"double": f"def double(x):\n    raise type('E' * 10**6, (Exception,), {{}})('{SCRIPT}')"}),
    Case("script in an answer", 4, {"answer": ANSWER}),
]  # fmt: skip

ODD_NAMES = ["ana maría", "a,b", "a+b", "🦊", "[a-z]*?", "a..b", "=1+1", "@SUM(A1)", "-rf", "a%41", "a'b\"c", "a;b&c"]
NAMES = [
    *(Case(f"name {n}", 4, student=name) for n, name in enumerate([*ODD_NAMES, "$(x)", "{0}", "a\nb", "a\\b"])),
    Case("file with odd signs", 4, folder=renamed("01-small .. (2), copia + 🦊 [x]*.ipynb")),
    Case("upper case", 4, folder=renamed("01-SMALL.IPYNB")),
]  # fmt: skip

HEADINGS = {
    "files": FILES, "cells": CELLS, "hanging": HANGING, "death": DEATH, "forging": FORGING, "reading": READING,
    "network": NETWORK, "writing": WRITING, "output": OUTPUT, "names": NAMES,
}  # fmt: skip

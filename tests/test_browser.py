"""Lessons as a learner meets them: JupyterLab in a browser, on this machine only.

Every lesson is opened, run in rehearsal mode as far as its widgets, its training and its first
exercise, and these are used by keyboard; nbval runs the cells after them. Chromium is looked for
under its usual names or taken from $GANEDU_CHROMIUM.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import nbformat
import pytest

from ganedu.exercises import lesson_exercises, solution
from tests.rerun import NOTEBOOKS

pytestmark = pytest.mark.browser

LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOOPBACK = ("127.0.0.1", "::1")
SHORT, LONG = 120, 600  # seconds; generous, because a cell may share its two cores with others
WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 600, "height": 1000}

# The parts of a widget; which part of a control has the focus, and the key that moves it.
PICTURE = ".widget-output"
KEYS = {
    ".widget-hslider": ("[role=slider]", "ArrowRight"),
    ".widget-toggle-buttons": ("button:not(.mod-active)", "Space"),
    ".widget-dropdown": ("select", "ArrowDown"),  # does not work: Lab goes to the next cell
}

# What the browser may know of Lab is read from Lab's own model of the notebook.
NOTEBOOK = "const notebook = jupyterapp.shell.currentWidget.content;"
CODE = "const code = notebook.widgets.map(w => w.model).filter(m => m.type === 'code');"
OUTPUTS = "const outputs = code.flatMap(m => m.outputs.toJSON());"
OPEN = "async path => { await jupyterapp.commands.execute('docmanager:open', {path}); }"
IS_OPEN = """name => {
    const panel = jupyterapp.shell.currentWidget;
    return panel?.context?.path === name && panel.content.model
        && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
CLOSE = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.save();  // otherwise it would ask
    panel.close();
}"""
IS_CLEARED = f"() => {{ {NOTEBOOK} {CODE} return code.every(m => !m.executionCount); }}"
HAS_RUN = f"""count => {{
    {NOTEBOOK} {CODE} {OUTPUTS}
    const failed = outputs.some(output => output.output_type === 'error');
    return failed || code[count - 1].executionCount === count;
}}"""
ERRORS = f"""() => {{
    {NOTEBOOK} {CODE} {OUTPUTS}
    return outputs.filter(o => o.output_type === 'error' || o.name === 'stderr');
}}"""
CELL_STATE = f"""index => {{
    {NOTEBOOK} const model = notebook.widgets[index].model;
    return {{source: model.sharedModel.source, count: model.executionCount,
             outputs: model.outputs.toJSON()}};
}}"""
SHOW_CELL = f"""async index => {{
    {NOTEBOOK} notebook.activeCellIndex = index; await notebook.scrollToItem(index, 'center');
}}"""
# Of what a learner has to read, the words whose contrast is too small, each with its contrast.
WORDS = ".jp-OutputArea-output em, [role=status], .widget-label, .widget-readout, .jupyter-button"
PALE_WORDS = """(cell, words) => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => numbers(colour).slice(0, 3)
        .map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = part => {
        const colour = getComputedStyle(part).backgroundColor;
        return numbers(colour)[3] === 0 ? behind(part.parentElement) : colour;
    };
    return [...cell.querySelectorAll(words)].map(part => {
        const both = [light(getComputedStyle(part).color), light(behind(part))];
        return [part.innerText, (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)];
    }).filter(([text, contrast]) => text && contrast < 4.5);
}"""
# Pictures through which the page can be seen: on a dark one, black letters would be lost.
SEE_THROUGH = """cell => [...cell.querySelectorAll('img')].filter(image => {
    const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data[3] < 255;
}).length"""
CUT_OFF = """cell => [...cell.querySelectorAll('.jp-Cell-outputArea *')]
    .filter(part => part.getBoundingClientRect().right > cell.getBoundingClientRect().right)
    .map(part => part.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A server as `jupyter lab` starts it, on a copy of the lessons, because it saves by itself."""
    home = tmp_path_factory.mktemp("lab")
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", "runs")
    shutil.copytree(NOTEBOOKS, home / "notebooks", ignore=ignored)
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet), "utf-8")
    options = [
        "--no-browser",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LabApp.expose_app_in_browser=True",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container
        options.append("--allow-root")
    with open(home / "lab.log", "wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, str(home / "notebooks")],
            env=environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield SimpleNamespace(pid=server.pid, home=home, **address(server, home))
    finally:
        server.terminate()
        try:
            server.wait(SHORT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def environment(home):
    """No settings of whoever runs the tests, and none left behind."""
    here = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    folders = {f"JUPYTER_{name}": str(home / name.lower()) for name in here}
    folders["JUPYTERLAB_SETTINGS_DIR"] = str(home / "settings")
    folders["JUPYTERLAB_WORKSPACES_DIR"] = str(home / "workspaces")
    folders["IPYTHONDIR"] = str(home / "ipython")
    left_out = ("MPLBACKEND", "PYTHONWARNINGS", "JUPYTER_TOKEN")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | folders | {"GANEDU_SMOKE": "1"}


def address(server, home):
    """The address and the token that the server gave itself, once it answers."""
    end = time.monotonic() + SHORT
    while time.monotonic() < end and server.poll() is None:
        for path in (home / "runtime_dir").glob("jpserver-*.json"):
            try:
                said = json.loads(path.read_text("utf-8"))
                ask(said["url"] + "api")
                return {"url": said["url"], "token": said["token"]}
            except (OSError, ValueError):
                pass  # not yet written, or not yet listening
        time.sleep(0.2)
    pytest.fail("JupyterLab did not start:\n" + (home / "lab.log").read_text("utf-8"))


def ask(url, token=None, method="GET"):
    """The server's answer; an error of its own is an `urllib.error.HTTPError`."""
    headers = {"Authorization": f"token {token}"} if token else {}
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=SHORT) as answer:
        return json.loads(answer.read() or "null")


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="uv run --group browser pytest")
    chromium = os.environ.get("GANEDU_CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM)), ""
    )
    if not chromium:
        pytest.skip("no Chromium: install it, or say where it is in GANEDU_CHROMIUM")
    with sync.sync_playwright() as playwright:
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"
        browser = playwright.chromium.launch(executable_path=chromium, args=[rules])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(lab, browser):
    """Lab in a window, without a document; all that it asks for and all that it complains of."""
    page = browser.new_context(viewport=WIDE).new_page()
    page.set_default_timeout(1000 * SHORT)
    asked, complaints = listen(page)
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    return SimpleNamespace(page=page, asked=asked, complaints=complaints)


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request, lab, window):
    """A lesson, run from top to bottom; afterwards it is closed and its kernel ended."""
    page, name = window.page, request.param.name
    window.asked.clear(), window.complaints.clear()
    try:
        page.evaluate(OPEN, name)
        page.wait_for_function(IS_OPEN, arg=name)
        menu(page, "Edit", "Clear Outputs of All Cells")
        page.wait_for_function(IS_CLEARED)
        cells = nbformat.read(request.param, as_version=4).cells
        end = after_what_is_used(cells, name[:2])
        page.evaluate(SHOW_CELL, end)
        menu(page, "Run", "Run All Above Selected Cell")
        count = sum(cell.cell_type == "code" for cell in cells[:end])
        page.wait_for_function(HAS_RUN, arg=count, timeout=1000 * LONG)
        yield SimpleNamespace(**vars(window), cells=cells, number=name[:2])
    finally:
        page.evaluate(CLOSE)
        for session in ask(lab.url + "api/sessions", lab.token):
            ask(f"{lab.url}api/sessions/{session['id']}", lab.token, "DELETE")


def listen(page):
    """Lists that grow with every address that the page asks for, and with every complaint."""
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    return asked, complaints


def menu(page, name, item):
    page.get_by_role("menuitem", name=name, exact=True).click()
    page.get_by_role("menuitem", name=re.compile(f"^{item}")).click()  # a shortcut may follow


def after_what_is_used(cells, number):
    """The number of the cell after the widgets, the training and the check of one exercise."""
    check = f'check("{next(iter(lesson_exercises(number))).id}"'
    used = {"widget", "train", "pad"}
    return 1 + max(
        index
        for index, cell in enumerate(cells)
        if used & {*cell.metadata.get("tags", [])} or cell.source.startswith(check)
    )


def tagged(lesson, tag):
    """The numbers of the cells with a tag."""
    return [i for i, c in enumerate(lesson.cells) if tag in c.metadata.get("tags", [])]


def show_cell(lesson, index):
    """Scroll to a cell; what is off the screen is not in the page."""
    lesson.page.evaluate(SHOW_CELL, index)
    cell = lesson.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
    cell.wait_for()
    return cell


def state(lesson, index):
    return lesson.page.evaluate(CELL_STATE, index)


def wait_until(lesson, condition, seconds=SHORT):
    """Wait for a condition; the page goes on meanwhile."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        lesson.page.wait_for_timeout(100)
    return value


def write_and_run(lesson, index, code):
    """Replace the code of a cell by keyboard, run it, and wait for its end."""
    show_cell(lesson, index).locator(".cm-content").press("ControlOrMeta+A")
    lesson.page.keyboard.insert_text(code)
    wait_until(lesson, lambda: state(lesson, index)["source"] == code)
    run(lesson, index)


def run(lesson, index):
    """Run a cell by keyboard and wait for its end."""
    before = state(lesson, index)["count"]
    press_run(lesson, index)
    wait_until(lesson, lambda: state(lesson, index)["count"] not in (None, before))


def press_run(lesson, index):
    show_cell(lesson, index).locator(".cm-content").press("Control+Enter")


def host(url):
    """The host of an address; none where nothing leaves the page."""
    match = re.match(r"(?:https?|wss?)://(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)", url)
    return match[1].strip("[]") if match else None


def test_there_is_something_to_try():
    cells = [cell for path in LESSONS for cell in nbformat.read(path, as_version=4).cells]
    assert {"widget", "train", "exercise"} <= {t for c in cells for t in c.metadata.get("tags", [])}


def test_the_host_of_an_address():
    assert host("http://127.0.0.1:8888/lab?next=https://example.org") == "127.0.0.1"
    assert host("wss://example.org/api") == "example.org" and host("http://[::1]:80/") == "::1"
    assert host("data:image/png;base64,AAAA") is None


def test_the_server_keeps_its_token(lab):
    assert len(lab.token) >= 32
    assert ask(lab.url + "api/contents", lab.token)["type"] == "directory"
    for token in (None, "0" * len(lab.token)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(lab.url + "api/contents", token)
        assert refused.value.code == 403
        refused.value.close()


def test_nothing_listens_beyond_this_machine(lab, lesson):
    psutil = pytest.importorskip("psutil", reason="uv run --group browser pytest")
    pids = {process.pid for process in psutil.Process().children(recursive=True)}
    assert lab.pid in pids
    sockets = [s for s in psutil.net_connections("inet") if s.pid in pids]
    listening = [(s.pid, s.laddr.ip) for s in sockets if s.status == psutil.CONN_LISTEN]
    assert len({pid for pid, _ in listening}) > 1, "the server or the kernel was not seen"
    assert {ip for _, ip in listening} <= set(LOOPBACK)


def test_it_runs_without_an_error(lesson):
    assert lesson.page.evaluate(ERRORS) == []


def test_figures_show_their_sentence(lesson):
    """Lab drops the alternative text of a picture, so the caption is what a reader gets."""
    for index, cell in enumerate(lesson.cells):
        outputs = state(lesson, index)["outputs"] if cell.cell_type == "code" else []
        sentences = [o["metadata"].get("image/png", {}).get("alt") for o in outputs if "data" in o]
        if any(sentences):
            shown = show_cell(lesson, index).locator(".jp-Cell-outputArea")
            shown.locator("img").first.wait_for()
            for sentence in filter(None, sentences):
                plain = re.sub(r"\s+", " ", sentence)
                assert plain in re.sub(r"\s+", " ", shown.inner_text()), f"cell {index}"
            return


def shown_to_the_eye(lesson):
    """The cells with pictures, controls or verdicts, each scrolled to."""
    for index, cell in enumerate(lesson.cells):
        if cell.cell_type == "code" and state(lesson, index)["outputs"]:
            yield show_cell(lesson, index)


def test_it_can_be_read_in_a_narrow_window_in_the_dark(lesson):
    lesson.page.set_viewport_size(NARROW)
    lesson.page.evaluate("jupyterapp.shell.collapseLeft()")
    dress(lesson, "JupyterLab Dark")
    try:
        for cell in shown_to_the_eye(lesson):
            assert cell.evaluate(CUT_OFF) == []
            assert cell.evaluate(PALE_WORDS, WORDS) == []
            assert cell.evaluate(SEE_THROUGH) == 0
    finally:
        dress(lesson, "JupyterLab Light")
        lesson.page.set_viewport_size(WIDE)


def dress(lesson, theme):
    lesson.page.evaluate(
        "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    light = str(theme.endswith("Light")).lower()
    lesson.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")


def test_widgets_answer_to_the_keyboard(lesson):
    for index in tagged(lesson, "widget"):
        cell = show_cell(lesson, index)
        cell.locator(PICTURE).locator("img").first.wait_for()
        controls = cell.locator(", ".join(KEYS)).all()
        assert controls
        for control in controls:
            move(lesson, cell, control)


def test_a_pad_answers_to_the_mouse(lesson):
    for index in tagged(lesson, "pad"):
        draw_a_line(lesson, show_cell(lesson, index))


def draw_a_line(lesson, cell):
    """One stroke on the pad; the picture must follow.

    To hover waits until nothing covers the pad: Lab puts a curtain over the page for a moment
    when its colours change.
    """
    picture = cell.locator(PICTURE).locator("img").first
    picture.wait_for()
    before, pad = picture.get_attribute("src"), cell.locator("canvas")
    pad.hover(position={"x": 80, "y": 60})
    lesson.page.mouse.down()
    pad.hover(position={"x": 200, "y": 220})
    lesson.page.mouse.up()
    wait_until(lesson, lambda: picture.get_attribute("src") != before)


def move(lesson, cell, control):
    """One press of a key; the picture, its sentence and the control's own text must follow."""
    assert control.locator(".widget-label").inner_text().strip()
    before = seen(cell, control)
    for kind, (part, key) in KEYS.items():
        if kind.strip(".") in control.get_attribute("class").split():
            control.locator(part).first.press(key)
    wait_until(lesson, lambda: all(a != b for a, b in zip(before, seen(cell, control))))


def seen(cell, control):
    """Picture, sentence, and the text that says how a control stands, now."""
    picture = cell.locator(PICTURE)
    sources = [image.get_attribute("src") for image in picture.locator("img").all()]
    value = control.locator(".widget-readout, .mod-active, option:checked").first
    return sources, picture.inner_text(), value.inner_text()


def test_an_exercise_says_not_yet_and_then_correct(lesson):
    for exercise in lesson_exercises(lesson.number)[:1]:
        start = f'check("{exercise.id}"'
        [index] = [i for i, cell in enumerate(lesson.cells) if cell.source.startswith(start)]
        says(lesson, index, "✗ Not yet")
        write_and_run(lesson, index - 1, str(solution(exercise.id)))
        run(lesson, index)
        says(lesson, index, "✓ Correct")


def says(lesson, index, words):
    verdict = show_cell(lesson, index).locator("[role=status]")
    wait_until(lesson, lambda: verdict.inner_text().startswith(words))


def test_training_is_seen_and_stopped_and_goes_on(lesson):
    """Lessons with a live panel: its settings stand in one cell, `fit` in the next."""
    for index in tagged(lesson, "train"):
        settings = lesson.cells[index - 1].source
        often, changed = re.subn(r"(LivePanel\(.*)every=\d+", r"\1every=2", settings)
        assert changed == 1
        write_and_run(lesson, index - 1, f"STEPS = 1_000_000\n{often}")
        assert stopped_while_training(lesson, index) < stopped_while_training(lesson, index)


def stopped_while_training(lesson, index):
    """Start a training, see it get on, stop it; the first step of this part that was shown."""
    press_run(lesson, index)
    wait_until(lesson, lambda: state(lesson, index)["count"] is None)
    first = wait_until(lesson, lambda: panel_step(lesson, index))
    wait_until(lesson, lambda: panel_step(lesson, index)[0] > first[0], LONG)
    menu(lesson.page, "Kernel", "Interrupt Kernel")
    wait_until(lesson, lambda: state(lesson, index)["count"])
    outputs = state(lesson, index)["outputs"]
    errors = [output["ename"] for output in outputs if output["output_type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    return first[0]


def panel_step(lesson, index):
    """Which step the live panel under a cell shows, as a list; empty before there is one."""
    text = show_cell(lesson, index).inner_text()
    return [int(number.replace(",", "")) for number in re.findall(r"Step ([\d,]+) of ", text)]


def test_nothing_was_asked_of_another_host(lesson):
    outside = {url for url in lesson.asked if host(url) not in (None, *LOOPBACK, "localhost")}
    assert lesson.asked and not outside


def test_the_browser_has_nothing_to_complain_about(lesson):
    assert lesson.complaints == []

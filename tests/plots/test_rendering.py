"""Bytes: exact sizes, the same in every process, named before they exist."""

import csv
import hashlib
import io
import itertools
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import fields, replace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from PIL import Image

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.errors import InvalidValue, Overflow
from app.nn.networks.network import Network
from app.plots import rendering
from app.plots.activation_curves import ActivationCurves
from app.plots.canvas import Canvas, Rectangle
from app.plots.faces import runs
from app.plots.identity_curves import IdentityCurves
from app.plots.lettering import width
from app.plots.marks import Anchor, Raster, Words
from app.plots.networks import NetworkPicture
from app.plots.painters import artists, png, text
from app.plots.palette import PALETTES, Theme, luminance, rgb
from app.plots.placement import label_box
from app.plots.rendering import FORMATS, etag, render
from app.plots.scene import Scene, Table
from tests.plots.specs import DARK, SHEET, SMALL, chosen, drawn, network, specs
from tests.serving import PROJECT

KINDS = list(specs())
SVG = "{http://www.w3.org/2000/svg}"


def painted(scene: Scene) -> np.ndarray:
    """Return the pixels before they are compressed, (height, width, 4)."""
    return np.array(png._drawn(scene).buffer_rgba())


def pixels(body: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(body)) as image:
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_kind_has_every_format(kind: str, format: rendering.Format) -> None:
    picture = render(specs()[kind], format)
    opening = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF-", "csv": b"", "txt": b""}
    assert picture.body.startswith(opening[format])
    assert len(picture.body) > 60
    assert picture.alternative_text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(200, 200), (2000, 200), (200, 2000)])
def test_kinds_stay_inside_the_smallest_pictures(kind: str, width: int, height: int) -> None:
    """Every kind stays inside the smallest and the longest pictures."""
    scene = specs(Canvas(width, height))[kind].scene()
    for frame in scene.frames:
        assert 0 <= frame.box.left < frame.box.right <= width
        assert 0 <= frame.box.top < frame.box.bottom <= height
    for mark in scene.marks:
        if isinstance(mark, Words):
            assert 0 <= mark.x <= width
            assert 0 <= mark.y <= height + 12


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [
        (200, 200, 1),
        (640, 480, 1),
        (333, 217, 1.5),
        (201, 399, 2),
        (640, 480, 1.1),
        (250, 201, 4),
        (999, 777, 1.3),
    ],
)
def test_a_png_has_exactly_the_pixels_asked_for(width: int, height: int, scale: float) -> None:
    spec = ActivationCurves(chosen("tanh"), canvas=Canvas(width, height, scale))
    with Image.open(io.BytesIO(render(spec, "png").body)) as image:
        assert image.size == (round(width * scale), round(height * scale))


@pytest.mark.parametrize("theme", PALETTES)
def test_the_paper_is_the_theme_s_or_nothing(theme) -> None:
    for transparent in (False, True):
        spec = ActivationCurves(chosen("tanh"), canvas=Canvas(300, 200, 1, theme, transparent))
        corner = pixels(render(spec, "png").body)[0, 0]
        if transparent:
            assert corner[3] == 0
        else:
            assert tuple(corner) == (*rgb(PALETTES[theme].paper), 255)
        fills = [one.get("fill") for one in ET.fromstring(render(spec, "svg").body).iter(f"{SVG}path")]
        assert (PALETTES[theme].paper in fills) is not transparent


def test_a_curve_is_seen_where_the_function_is() -> None:
    spec = ActivationCurves(chosen("tanh"), asymptotes=False, canvas=Canvas(400, 300))
    (frame,) = spec.scene().frames
    picture = pixels(render(spec, "png").body)
    blue = np.array(rgb(spec.canvas.palette.curves[0]))
    for x in np.linspace(frame.low, frame.high, 40)[1:-1]:
        at = round(frame.x.at(x)), round(frame.y.at(float(np.tanh(x))))
        around = picture[at[1] - 2 : at[1] + 2, at[0] - 2 : at[0] + 2, :3].astype(int)
        assert np.abs(around - blue).sum(axis=-1).min() < 30


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_equal_curves_are_told_apart_without_colours(theme: Theme) -> None:
    """Their two colours differ in luminance by 1.01:1: a greyscale print showed one line."""
    spec = IdentityCurves("tanh_as_sigmoid", canvas=Canvas(400, 300, scale=4.0, theme=theme))
    (frame,) = spec.scene().frames
    picture = pixels(render(spec, "png").body)
    row = round(4 * (frame.y.at(float(np.tanh(5.0))) + 1.6))
    left, right = (round(4 * frame.x.at(x)) for x in (4.0, 5.5))
    along = [luminance(f"#{r:02x}{g:02x}{b:02x}") for r, g, b in picture[row, left:right, :3]]
    assert (max(along) + 0.05) / (min(along) + 0.05) >= 2


def test_nothing_is_drawn_between_the_ends_of_a_jump() -> None:
    canvas = Canvas(400, 300)
    spec = ActivationCurves(chosen("heaviside"), asymptotes=False, low=-3.0, high=5.0, canvas=canvas)
    (frame,) = spec.scene().frames
    picture = pixels(render(spec, "png").body).astype(int)
    blue = np.array(rgb(spec.canvas.palette.curves[0]))
    x, low, high = round(frame.x.at(0.0)), frame.y.at(0.0), frame.y.at(1.0)
    column = picture[int(high) + 8 : int(low) - 8, x - 3 : x + 3, :3]
    assert np.abs(column - blue).sum(axis=-1).min() > 60


def test_a_raster_stands_upright() -> None:
    image = np.zeros((2, 2, 4), dtype=np.uint8)
    image[..., 3] = 255
    image[0, 0] = (255, 0, 0, 255)
    nothing = Table([], np.empty((0, 0)))
    scene = Scene(Canvas(200, 200), "", "", nothing, (), [Raster(Rectangle(20, 40, 120, 140), image)])
    seen = painted(scene)
    assert tuple(seen[41, 21]) == (255, 0, 0, 255)
    assert tuple(seen[138, 21]) == (0, 0, 0, 255)
    assert tuple(seen[41, 118]) == (0, 0, 0, 255)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_backdrop_changes_no_pixel(kind: str) -> None:
    scene = specs()[kind].scene()
    png._BACKDROPS.clear()
    fresh = painted(scene)
    kept = painted(scene)
    np.testing.assert_array_equal(fresh, kept)
    # And both are what matplotlib makes of the whole figure at once.
    canvas = scene.canvas
    figure = artists.figure(canvas, canvas.scale)
    renderer = RendererAgg(*canvas.size, figure.dpi)
    artists.add(figure, canvas, [*artists.paper(canvas), *scene.backdrop(), *scene.marks], canvas.size)
    figure.draw(renderer)
    np.testing.assert_array_equal(fresh, np.asarray(renderer.buffer_rgba()))


def test_a_backdrop_is_shared_by_curves_in_the_same_window() -> None:
    png._BACKDROPS.clear()
    one = ActivationCurves(chosen("tanh"), low=-3, high=3, canvas=SMALL)
    frames = one.scene().frames
    other = replace(one, asymptotes=False)
    assert other.scene().frames == frames
    painted(one.scene())
    before = painted(other.scene())
    png._BACKDROPS.clear()
    np.testing.assert_array_equal(before, painted(other.scene()))


PRINT = """
import hashlib
from app.plots.rendering import FORMATS, etag, render
from tests.plots.specs import specs
for kind, spec in specs().items():
    for format in FORMATS:
        print(kind, format, etag(spec, format), hashlib.sha256(render(spec, format).body).hexdigest())
"""


def test_same_request_gives_the_same_bytes_everywhere() -> None:
    """The same request gives the same bytes in every process and thread."""
    seen = []
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PATH": "", "SOURCE_DATE_EPOCH": seed * 9, "TZ": f"UTC{seed}"}
        run = subprocess.run(
            [sys.executable, "-c", PRINT],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        seen.append(run.stdout)
    assert seen[0] == seen[1]

    def here(task: tuple[str, rendering.Format]) -> str:
        kind, format = task
        spec = specs()[kind]
        digest = hashlib.sha256(render(spec, format).body).hexdigest()
        return f"{kind} {format} {etag(spec, format)} {digest}"

    tasks = list(itertools.product(KINDS, FORMATS))
    with ThreadPoolExecutor(4) as threads:
        assert "\n".join(threads.map(here, tasks)) + "\n" == seen[0]


def test_a_picture_can_be_asked_of_another_process() -> None:
    for spec in specs().values():
        again = pickle.loads(pickle.dumps(spec))
        assert etag(again, "svg") == etag(spec, "svg")
        assert render(again, "svg") == render(spec, "svg")


def test_every_value_has_its_say_in_the_tag() -> None:
    base = ActivationCurves(chosen("softplus", "relu"))
    changed = [
        base,
        replace(base, activations=chosen("relu", "softplus")),
        replace(base, activations=(create("softplus", beta=2.0), *chosen("relu"))),
        replace(base, low=-1.0),
        replace(base, high=1.0),
        replace(base, low=-1.0, high=1.0),
        replace(base, y_low=-1.0),
        replace(base, y_high=1.0),
        replace(base, derivative=True),
        replace(base, asymptotes=False),
        replace(base, gap=True),
        replace(base, title="t"),
        *(
            replace(base, canvas=replace(base.canvas, **{field: value}))
            for field, value in (
                ("width", 641),
                ("height", 481),
                ("scale", 2.0),
                ("theme", "dark"),
                ("transparent", True),
            )
        ),
    ]
    named = {field.name for field in fields(base)} | {field.name for field in fields(Canvas)}
    assert named == {"activations", "low", "high", "derivative", "asymptotes", "gap", "title", "canvas"} | {
        "y_low", "y_high", "width", "height", "scale", "theme", "transparent"
    }  # fmt: skip
    tags = [etag(spec, format) for spec in changed for format in FORMATS]
    assert len(set(tags)) == len(tags)
    assert etag(replace(base, low=-1), "png") == etag(replace(base, low=-1.0), "png")


def test_networks_that_differ_in_one_bit_have_different_tags() -> None:
    one, other = network([1, 2, 1]), network([1, 2, 1])
    assert etag(NetworkPicture(drawn(one)), "png") == etag(NetworkPicture(drawn(other)), "png")
    weight = other.layers[0].weight.copy()
    weight[0, 0] = np.nextafter(weight[0, 0], 9)
    other = Network([replace(other.layers[0], weight=weight), *other.layers[1:]])
    assert etag(NetworkPicture(drawn(one)), "png") != etag(NetworkPicture(drawn(other)), "png")


def test_a_tag_needs_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise AssertionError("drawn")

    for spec in specs().values():
        monkeypatch.setattr(type(spec), "scene", refuse)
        assert re.fullmatch(r'"[0-9a-f]{32}"', etag(spec, "png"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_travel_inside_the_files(kind: str) -> None:
    spec = specs()[kind]
    scene = spec.scene()
    with Image.open(io.BytesIO(render(spec, "png").body)) as image:
        assert image.text == {"Title": scene.title, "Description": scene.words}
    root = ET.fromstring(render(spec, "svg").body)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    named = f"{title.get('id')} {description.get('id')}"
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", named)
    assert [title.text, description.text] == [scene.title, scene.words]
    assert render(spec, "txt").body.decode() == scene.words + "\n"
    pdf = render(spec, "pdf").body
    assert b"/Title" in pdf and b"/Subject" in pdf
    for stamp in (b"CreationDate", b"ModDate", b"Matplotlib"):
        assert stamp not in pdf


HOSTILE = [
    "$x^2$",
    "$\\frac{",
    "<script>alert(1)</script>",
    "&lt; ]]> '\"",
    "字 Ω \U0001f600 é",
    "x" * 200,
    "%d {0} \\n",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_titles_and_labels_are_drawn_literally(label: str) -> None:
    network_spec = replace(NetworkPicture(drawn(network([1, 2, 1]))), title=label, canvas=Canvas(1600, 300))
    labelled = replace(network_spec, networks=(replace(network_spec.networks[0], label=label),))
    for format in FORMATS:
        assert render(labelled, format).body
    root = ET.fromstring(render(labelled, "svg").body)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "title", "desc", "defs", "clipPath", "rect", "path", "circle", "text", "image"
    }  # fmt: skip
    written = [one.text for one in root.iter(f"{SVG}text")]
    expected = label if len(label) < 100 else label[:60]
    assert sum(text.startswith(expected) for text in written) == 2  # the title and the legend
    figure = artists.figure(SMALL, 1.0)
    words = [Words(0, 0, label, 12, "#000000")]
    (artist,) = artists.add(figure, SMALL, words, SMALL.size)
    asked = []

    class Spy(RendererAgg):
        def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None) -> None:
            asked.append((s, str(prop.get_file()), ismath))

    artist.draw(Spy(*SMALL.size, 96))
    assert asked == [(run.text, str(run.file), False) for run in runs(label)]


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_words_stand_where_their_anchor_says(anchor: Anchor, turned: bool, scale: float) -> None:
    words = Words(150, 120, "HHHHHHHH", 20, "#000000", anchor, turned=turned)
    nothing = Table([], np.empty((0, 0)))
    seen = painted(Scene(Canvas(300, 240, scale), "", "", nothing, (), [words]))[:, :, 0] < 128
    rows, columns = np.flatnonzero(seen.any(axis=1)) / scale, np.flatnonzero(seen.any(axis=0)) / scale
    along, across = (rows, columns) if turned else (columns, rows)
    long = width(words.text, words.size)
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * long
    first = 120 - (long - before) if turned else 150 - before
    assert (along[0], along[-1]) == pytest.approx((first, first + long), abs=3.5)
    assert across[-1] == pytest.approx(150 if turned else 120, abs=1.5)  # the baseline


def test_dashed_line_is_not_rounded_by_browsers() -> None:
    """A dashed line of a pixel and a quarter is not rounded by browsers."""
    root = ET.fromstring(render(ActivationCurves(chosen("tanh")), "svg").body)
    crisp = [one for one in root.iter(f"{SVG}path") if one.get("shape-rendering")]
    assert {one.get("stroke-width") for one in crisp} == {"1"}


def test_a_spreadsheet_is_given_no_formula() -> None:
    scene = Scene(SMALL, "", "", Table(["=1+1", "@x", "x"], np.array([[1.0, np.inf, np.nan]])))
    rows = list(csv.reader(io.StringIO(text.numbers(scene).decode(), newline="")))
    assert rows == [["'=1+1", "'@x", "x"], ["1.0", "Infinity", "NaN"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_csv_reads_back_to_the_last_bit(kind: str) -> None:
    spec = specs()[kind]
    table = spec.scene().table
    columns, *rows = csv.reader(io.StringIO(render(spec, "csv").body.decode(), newline=""))
    assert columns == list(table.columns)
    np.testing.assert_array_equal(np.array(rows, dtype=float), table.rows)


def overlapping(scene: Scene) -> list[tuple[str, str]]:
    """Return the texts of a picture that lie on each other."""
    words = [one for one in (*scene.backdrop(), *scene.marks) if isinstance(one, Words) and not one.turned]
    return [
        (a.text, b.text)
        for a, b in itertools.combinations(words, 2)
        if label_box(a).overlap(label_box(b)) > 0
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("canvas", [Canvas(), Canvas(240, 420)], ids=str)
def test_no_words_lie_on_others(kind: str, canvas: Canvas) -> None:
    assert overlapping(specs(canvas)[kind].scene()) == []


@pytest.mark.parametrize(
    ("low", "high"), [(-1e308, 1e308), (1e6, 1e6 + 1), (-1e-300, 1e-300), (-30.0, -20.0)]
)
@pytest.mark.parametrize("title", ["", "A title"])
def test_powers_of_ten_lie_on_no_legend(low: float, high: float, title: str) -> None:
    tiny = NetworkPicture(drawn(network([1, 2, 3], "identity"), network([1, 2, 3], "identity", seed=1)))
    for spec in (
        ActivationCurves(chosen("softplus", "identity"), low, high, title=title),
        IdentityCurves("softplus_reflection", low, high, title=title),
        replace(tiny, low=low / 1e9, high=high / 1e9, title=title),
    ):
        assert overlapping(spec.scene()) == []


LARGEST = float(np.finfo(np.float64).max)
WINDOWS = [
    (-1e308, 1e308),
    (-LARGEST, LARGEST),
    (1.0, float(np.nextafter(1, 2))),
    (float(np.nextafter(LARGEST, 0)), LARGEST),
    (-LARGEST, float(np.nextafter(-LARGEST, 0))),
    (0.0, 5e-324),
    (-5e-324, 0.0),
    (1e-300, 1e-299),
    (-1.0, 1e300),
]


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_hostile_windows_give_a_picture(make) -> None:
    for low, high in WINDOWS:
        spec = ActivationCurves((make(),), low, high, derivative=True, canvas=SMALL)
        try:
            render(spec, "svg")
        except InvalidValue as fault:  # an exponential far to the right
            assert "some value is finite" in fault.detail
            assert np.isinf(make().evaluate(np.array([low, high]))).all()
            continue
        ET.fromstring(render(spec, "svg").body)
        assert "not a number" not in spec.scene().words


@pytest.mark.parametrize("low, high", WINDOWS)
def test_hostile_windows_give_a_png_or_say_what_overflows(low: float, high: float) -> None:
    assert render(ActivationCurves(chosen("softplus", "heaviside"), low, high, canvas=DARK), "png").body
    curves = NetworkPicture(drawn(SHEET), low, high, canvas=SMALL)
    overflows = max(abs(low), abs(high)) > LARGEST / 1.5  # its largest weight in the first layer
    with pytest.raises(Overflow) if overflows else nullcontext():
        assert render(curves, "png").body


def test_no_global_style_is_touched() -> None:
    before = dict(matplotlib.rcParams)
    for spec in specs(DARK).values():
        for format in FORMATS:
            render(spec, format)
    assert dict(matplotlib.rcParams) == before


def test_the_version_follows_the_sources() -> None:
    assert re.fullmatch("[0-9a-f]{16}", rendering.version())
    assert rendering.version() == rendering.version()

"""The figures keep their promises: contrast, alt text, self-contained HTML, pixels where the slider says they are."""

import base64
import builtins
import io
import json
import pathlib
import re
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from vdtext import figures, video
from vdtext.figures import controls, page, plots, sprites

CSS = pathlib.Path(__file__).parents[1] / "assets" / "static" / "vdtext.css"
ABOUT = {"name": "fig-test", "caption": "A *test* of $x$.", "alt": "What is seen."}


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape)


def picture(uri):
    """The pixels in a data URI."""
    kind, data = re.fullmatch(r"data:(image/\w+);base64,(.*)", uri).groups()
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert Image.MIME[image.format] == kind
    return np.asarray(image.convert("RGB"))


class Elements(HTMLParser):
    """Every element of a fragment as (tag, attributes); `text` is what is read; the tags must nest."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open, self.text = [], [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, name, attrs):
        self.found.append((name, dict(attrs)))
        if name not in ("img", "input"):
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attrs for found, attrs in self.found if found == name]


# ---- style ----


def test_contrast_of_known_pairs():
    assert figures.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert figures.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the lightest grey that passes AA
    assert figures.contrast("#123456", "#123456") == 1


def test_lines_and_text_are_readable_on_the_plate():
    for colour in figures.COLOURS.values():
        assert figures.contrast(colour) >= 3
        assert figures.contrast(figures.text_colour(colour)) >= 4.5
    assert figures.contrast(figures.INK) >= 7
    assert figures.contrast(figures.QUIET) >= 4.5


@given(st.tuples(*[st.floats(0, 1)] * 3))
@settings(deadline=None, max_examples=50)
def test_text_colour_is_readable_and_keeps_what_was(colour):
    text = figures.text_colour(colour)
    assert figures.contrast(text) >= 4.5
    if figures.contrast(colour) >= 4.6:
        assert text == mpl.colors.to_hex(colour)


def test_colours_stay_apart_for_colour_blind_eyes():
    color = pytest.importorskip("skimage.color")
    # Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency",
    # IEEE TVCG 15 (2009), doi:10.1109/TVCG.2009.113, severity 1, on linear RGB
    seen = {
        "all cones": np.eye(3),
        "protanopia": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deuteranopia": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        "tritanopia": [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    }
    rgb = np.array([mpl.colors.to_rgb(c) for c in [*figures.COLOURS.values(), figures.INK]])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for name, matrix in seen.items():
        light = np.clip(linear @ np.transpose(matrix), 0, 1)
        lab = color.rgb2lab(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))
        i, j = np.triu_indices(len(rgb), 1)
        assert color.deltaE_ciede2000(lab[i], lab[j]).min() > 12, name


def test_importing_changes_no_setting_and_loads_nothing_heavy():
    code = (
        "import matplotlib as mpl, sys; before = dict(mpl.rcParams); import vdtext.figures;"
        "assert dict(mpl.rcParams) == before;"
        "print(sorted({'av', 'torch', 'numba', 'cv2', 'ipywidgets', 'myst_nb', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_style_ends_with_its_block_and_use_style_stays():
    with mpl.rc_context():
        mpl.rcdefaults()
        with figures.style():
            assert plt.rcParams["axes.facecolor"] == figures.PLATE
        assert plt.rcParams["axes.facecolor"] == "white"
        figures.use_style()
        assert plt.rcParams["axes.facecolor"] == figures.PLATE
        font = matplotlib.font_manager.findfont(plt.rcParams["font.family"][0], fallback_to_default=False)
        assert pathlib.Path(mpl.get_data_path()) in pathlib.Path(font).parents  # the same on every machine


def css_colours(theme):
    block = re.search(rf'html\[data-theme="{theme}"\] {{(.*?)}}', CSS.read_text("utf-8"), re.S)[1]
    return dict(re.findall(r"--([\w-]+): (#\w{6});", block))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_colours_are_readable(theme):
    c = css_colours(theme)
    grounds = [c["pst-color-background"], c["vd-panel"], c["vd-accent-soft"], c["vd-warm-soft"], c["pst-color-surface"]]
    for ground in grounds:
        for ink in ("vd-text", "vd-quiet", "vd-accent", "vd-warm", "vd-good", "pst-color-inline-code"):
            assert figures.contrast(c[ink], ground) >= 4.5, (ink, ground)


def test_stylesheet_loads_nothing_and_knows_the_plate():
    text = CSS.read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face|https?:", text)
    assert f"--vd-plate: {figures.PLATE}" in text


# ---- what a figure says about itself ----


@pytest.mark.parametrize("wrong", [{"alt": " "}, {"caption": ""}, {"alt": None}, {"name": "no spaces"}, {"name": ""}])
def test_a_figure_without_words_is_refused(wrong):
    about = ABOUT | wrong
    makers = [
        lambda: figures.show(plt.figure(), **about),
        lambda: figures.show_frames([np.eye(4)], **about),
        lambda: figures.compare(np.eye(4), np.eye(4), **about),
        lambda: figures.FrameSlider([np.eye(4)], ["a"], **about),
        lambda: figures.Wipe(np.eye(4), np.eye(4), labels=("a", "b"), **about),
        lambda: figures.Scrubber(np.zeros((1, 16, 16)), fps=1, **about),
    ]
    for make in makers:
        with pytest.raises(ValueError, match=next(iter(wrong))) as caught:
            make()
        assert "\n" not in str(caught.value)
    plt.close("all")


@given(st.text("<>&\"'abc \n", max_size=30))
@settings(deadline=None, max_examples=100)
def test_text_and_attributes_survive_html(text):
    elements = Elements(page.tag("p", page.inline(text), title=text))
    assert elements.text == text
    assert elements.all("p") == [{"title": text}]


def test_inline_markup():
    assert page.inline("`a*b*` **c** *d*") == "<code>a*b*</code> <strong>c</strong> <em>d</em>"
    assert page.inline("$a<b$") == r'<span class="math notranslate nohighlight">\(a&lt;b\)</span>'
    assert page.inline("2 * 3 and 5 $") == "2 * 3 and 5 $"


# ---- numbers ----


@given(st.floats(1e-12, 1e12), st.integers(1, 6))
@settings(deadline=None)
def test_rounded_is_near_and_short(value, digits):
    text = figures.rounded(-value, digits)
    mantissa, _, power = text.replace("−", "-").partition("×10")
    back = float(mantissa) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    assert back == pytest.approx(-value, rel=0.5001 * 10.0 ** (1 - digits))
    assert len(mantissa.strip("-").replace(".", "").lstrip("0")) in range(max(digits, len(mantissa) - 1) + 1)


def test_rounded_examples():
    cases = {31.04: "31.0", 0.25: "0.250", 999.6: "1000", 0.00012345: "0.000123", 1234567.0: "1.23×10⁶", 0.0: "0.00"}
    assert {value: figures.rounded(value) for value in cases} == cases
    assert figures.rounded(np.int64(123456)) == "123456"
    assert [figures.rounded(v) for v in (np.inf, -np.inf, np.nan)] == ["inf", "−inf", "nan"]


def test_glue_without_myst_nb_does_nothing(monkeypatch, capsys):
    real = builtins.__import__

    def absent(name, *rest):
        if name == "myst_nb":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert figures.glue("a", 1.0) is None
    assert capsys.readouterr().out == ""


# ---- static figures ----


@pytest.fixture
def shown(monkeypatch):
    """What the static figures hand to a kernel: a list of (bundle, metadata)."""
    outputs = []
    monkeypatch.setattr(plots, "_display", lambda bundle, metadata: outputs.append((bundle, metadata)))
    return outputs


def test_show_gives_text_picture_and_metadata_and_closes(shown):
    with figures.style():
        fig, ax = plt.subplots()
        ax.plot([0, 1])
        figures.show(fig, **ABOUT | {"alt": "What\n is seen."})
    (bundle, metadata) = shown[0]
    assert bundle["text/plain"] == "[figure fig-test: What is seen.]"
    assert metadata == {"vdtext": ABOUT}
    image = Image.open(io.BytesIO(bundle["image/png"]))
    assert image.size == (910, 494)
    assert "Software" not in image.info  # equal pixels, equal bytes, whatever Matplotlib's version
    assert image.convert("RGB").getpixel((2, 2)) == (0xFA, 0xF8, 0xF3)
    assert not plt.fignum_exists(fig.number)


def test_show_without_a_kernel_prints_its_text(capsys):
    figures.show(plt.figure(), **ABOUT)
    assert capsys.readouterr().out == "[figure fig-test: What is seen.]\n"


def test_raster_is_what_was_drawn_and_closes():
    fig = plt.figure(figsize=(3, 2), facecolor="#102030")
    pixels = figures.raster(fig, dpi=50)
    assert pixels.shape == (100, 150, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == [0x10, 0x20, 0x30]).all()
    assert not plt.fignum_exists(fig.number)


@given(arrays(float, st.integers(1, 12), elements=st.floats(-100, 100, width=32)), st.floats(1, 30, width=32))
@settings(deadline=None, max_examples=60)
def test_labels_are_spread_by_the_least_move(heights, gap):
    isotonic = pytest.importorskip("sklearn.isotonic")
    moved = plots._spread(heights, gap)
    order = np.argsort(heights, kind="stable")
    assert np.diff(moved[order]).min(initial=np.inf) >= gap - 1e-6
    rank = gap * np.arange(len(order))
    assert moved[order] == pytest.approx(isotonic.isotonic_regression(heights[order] - rank) + rank, abs=1e-6)


def test_label_lines_labels_in_readable_colours():
    with figures.style():
        fig, ax = plt.subplots()
        ax.plot([0, 1], [0, 1], label="one")
        ax.plot([0, 1], [0, 1.001], label="two")
        ax.plot([0, 1], [0, 0.5])  # unlabelled: stays so
        labels = figures.label_lines(ax)
        fig.draw_without_rendering()
        boxes = [label.get_window_extent() for label in labels]
    assert [label.get_text() for label in labels] == ["one", "two"]
    assert all(figures.contrast(label.get_color()) >= 4.5 for label in labels)
    assert boxes[0].y1 <= boxes[1].y0 + 1  # apart, and in order
    plt.close(fig)


def drawn(monkeypatch, call, *args, **kwargs):
    """The Matplotlib figure that `call` would show."""
    caught = []
    monkeypatch.setattr(plots, "show", lambda fig, **about: caught.append((fig, about)))
    call(*args, **kwargs, **ABOUT)
    (fig, about) = caught[0]
    assert about == ABOUT
    plt.close(fig)
    return fig


def test_show_frames_shows_each_frame_on_one_scale(monkeypatch):
    frames = [
        np.full((4, 6), 51, np.uint8),
        np.full((4, 6), 0.5),
        np.eye(4, 6, dtype=bool),
        noise(4, 6, 3),
        noise(4, 6),
    ]
    fig = drawn(monkeypatch, figures.show_frames, frames, titles="abcde")
    axes = [ax for ax in fig.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in axes] == list("abcde")
    assert np.allclose(axes[0].images[0].get_array(), 0.2)
    assert np.allclose(axes[2].images[0].get_array(), np.eye(4, 6))
    assert {ax.images[0].get_clim() for ax in axes if ax.images[0].get_array().ndim == 2} == {(0, 1)}
    assert len({round(ax.get_position().x0, 2) for ax in axes}) == 3  # five frames: three and two


def test_show_frames_zooms_into_the_place_it_outlines(monkeypatch):
    frame = noise(20, 30)
    fig = drawn(monkeypatch, figures.show_frames, [frame], zoom=(5, 7, 4, 8))
    whole, detail = fig.axes
    assert np.array_equal(detail.images[0].get_array(), frame[5:9, 7:15])
    assert whole.patches[0].get_bbox().bounds == (6.5, 4.5, 8, 4)
    assert whole.get_position().y0 >= detail.get_position().y1


@pytest.mark.parametrize(("frames", "titles"), [([], None), ([np.eye(2)], ["a", "b"])])
def test_show_frames_refuses(frames, titles):
    with pytest.raises(ValueError, match="titles for"):
        figures.show_frames(frames, titles=titles, **ABOUT)


@pytest.mark.parametrize("shape", [(20, 20), (20, 40)])
def test_compare_shows_the_signed_difference(monkeypatch, shape):
    a, b = noise(*shape), noise(*shape, seed=1)
    fig = drawn(monkeypatch, figures.compare, a, b, titles=("x", "y"))
    images = {ax.get_title(loc="left"): ax.images[0] for ax in fig.axes if ax.images}
    assert np.allclose(images["y − x"].get_array(), b - a)
    low, high = images["y − x"].get_clim()
    assert high == -low == pytest.approx(np.abs(b - a).max())
    assert figures.SIGNED(0.9)[0] > figures.SIGNED(0.9)[2]  # red is more, blue is less
    assert figures.SIGNED(0.1)[0] < figures.SIGNED(0.1)[2]


def test_compare_of_colour_and_of_equal_images(monkeypatch):
    a = np.zeros((8, 8, 3))
    b = a.copy()
    b[..., 0] = 0.6
    fig = drawn(monkeypatch, figures.compare, a, b)
    assert np.allclose(fig.axes[2].images[0].get_array(), 0.2)
    assert drawn(monkeypatch, figures.compare, a, a).axes[2].images[0].get_clim() == (-1, 1)
    with pytest.raises(ValueError, match=r"\(8, 8, 3\) and \(8, 7, 3\)"):
        figures.compare(a, a[:, :7], **ABOUT)


# ---- sprites ----


def test_as_uint8():
    assert sprites.as_uint8(np.array([[-1, 0.5, 3]])).tolist() == [[0, 128, 255]]
    assert sprites.as_uint8(np.array([[True, False]])).tolist() == [[255, 0]]
    every = np.arange(256, dtype=np.uint8)[None]
    assert np.array_equal(sprites.as_uint8(every / 255), every)
    for wrong in (np.zeros(3), np.zeros((2, 2, 4)), np.zeros((0, 3)), np.zeros((2, 2), int), np.full((2, 2), np.nan)):
        with pytest.raises(ValueError, match="chapter 2"):
            sprites.as_uint8(wrong)
    for frames in ([], [np.eye(2), np.eye(3)]):
        with pytest.raises(ValueError, match="chapter 2"):
            sprites.stack(frames)


def window(sheet, pixels, i):
    """What the window shows of the sheet when frame `i` is in view, from percentages alone."""
    (left, top), (across, down) = sheet.offset(i), sheet.size
    assert pixels.shape[1] == pytest.approx(across / 100 * sheet.width)
    assert pixels.shape[0] == pytest.approx(down / 100 * sheet.height)
    x, y = round(-left / 100 * sheet.width), round(-top / 100 * sheet.height)
    return pixels[y : y + sheet.height, x : x + sheet.width]


@given(st.integers(1, 9), st.integers(1, 20), st.integers(1, 20), st.integers(30, 90), st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_frame_is_where_the_percentages_say(count, height, width, side, colour):
    frames = (noise(count, height, width, *[3] * colour) * 255).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sprites, "SIDE", side)
        try:
            sheet = sprites.sheet(frames, lossless=True)
        except ValueError:
            per_row = side // (width + 4)
            assert count > per_row * (side // (height + 4))
            return
    pixels = picture(sheet.uri)
    assert max(pixels.shape) <= side
    for i, frame in enumerate(frames):
        assert np.array_equal(window(sheet, pixels, i), frame if colour else np.repeat(frame[..., None], 3, 2))


def test_gutters_repeat_the_border():
    frames = np.stack([np.full((3, 5), 10, np.uint8), np.full((3, 5), 200, np.uint8)])
    pixels = picture(sprites.sheet(frames, lossless=True).uri)
    assert set(np.unique(pixels[:, :9])) == {10}
    assert set(np.unique(pixels[:, 9:])) == {200}


def test_too_large_a_sheet_is_refused_in_one_line():
    with pytest.raises(ValueError, match="500 frames of 600×800 pixels do not fit") as caught:
        sprites.sheet(np.broadcast_to(np.uint8(0), (500, 600, 800)))
    assert "\n" not in str(caught.value)


def test_encoding_by_content():
    drawing = np.full((200, 300, 3), [250, 248, 243], np.uint8)
    drawing[50:60, 20:250] = [0, 74, 141]
    assert np.array_equal(picture(sprites.data_uri(*sprites.encode_image(drawing))), drawing)
    small = (noise(64, 64, 3) * 255).astype(np.uint8)
    assert np.array_equal(picture(sprites.data_uri(*sprites.encode_image(small))), small)
    large = (noise(400, 400, 3) * 255).astype(np.uint8)
    assert len(sprites.encode_image(large)[1]) < 0.7 * len(sprites.encode_image(large, lossless=True)[1])
    assert np.array_equal(picture(sprites.data_uri(*sprites.encode_image(large, lossless=True))), large)


def test_a_drawn_slider_stays_below_400_kilobytes():
    x, frames = np.linspace(0, 10, 300), []
    with figures.style():
        for i in range(25):
            fig, ax = plt.subplots(figsize=(7, 4))
            for k in range(4):
                ax.plot(x, np.exp(-0.04 * i * k) * np.sin((k + 1) * x + i * 0.1))
            ax.set(xlim=(0, 10), ylim=(-1.1, 1.1), xlabel="position", ylabel="u", title=f"after {i} steps")
            frames.append(figures.raster(fig))
    figure = figures.FrameSlider(frames, [f"{i} steps" for i in range(25)], **ABOUT)
    assert len(figure.html()) < 400_000
    shown = window(figure._sheet, picture(figure._sheet.uri).astype(int), 7)
    assert np.abs(shown - frames[7]).max() < 48  # 48 colours: the smoothed edges change a little,
    assert np.array_equal(shown[2, 2], frames[7][2, 2])  # the plate not at all


# ---- interactives ----


def interactives():
    clip = noise(4, 15, 17)
    return {
        "slider": figures.FrameSlider(clip, ['a "b"', "<c>", "d", "é"], control="step", start=2, **ABOUT),
        "wipe": figures.Wipe(clip[0], clip[1], labels=("soft", "hard & <fast>"), **ABOUT),
        "scrubber": figures.Scrubber(clip, fps=Fraction(24000, 1001), **ABOUT),
        "quiz": figures.Quiz("Is $1<2$?", ["yes", "`no`"], answer=0, why="It's *so*."),
    }


@pytest.mark.parametrize("which", ["slider", "wipe", "scrubber", "quiz"])
def test_html_is_self_contained_and_stable(which):
    one, two = interactives()[which], interactives()[which]
    html = one.html()
    assert html == two.html()
    elements = Elements(html)
    names = {name for name, _ in elements.found}
    assert not names & {"script", "style", "link", "iframe", "form"}
    assert all("id" not in attrs and "for" not in attrs for _, attrs in elements.found)
    assert all(a.get("src", "data:").startswith("data:") for _, a in elements.found)
    assert not re.search(r"https?:|//\w", re.sub(r"base64,[\w+/=]*", "", html))
    assert all(attrs.get("alt") is not None for attrs in elements.all("img"))
    assert all(attrs["type"] in ("range", "radio") for attrs in elements.all("input"))
    assert len(elements.all("output")) == 1


@pytest.mark.parametrize("which", ["slider", "wipe", "scrubber"])
def test_bundle_has_words_page_and_picture(which):
    figure = interactives()[which]
    bundle, metadata = figure._repr_mimebundle_()
    assert metadata == {"vdtext": ABOUT}
    assert bundle["text/plain"] == repr(figure) == "[interactive figure fig-test: What is seen.]"
    assert Image.open(io.BytesIO(bundle["image/png"])).format == "PNG"
    elements = Elements(bundle["text/html"])
    assert "A test of \\(x\\)." in elements.text
    described = [a.get("alt") or a.get("aria-label") for n, a in elements.found if n in ("img", "video")]
    assert ABOUT["alt"] in described
    (control,) = elements.all("input")
    assert control["aria-label"]
    assert control["aria-valuetext"] in elements.text
    assert "setAttribute('aria-valuetext',t)" in control["oninput"]


def test_slider_html_agrees_with_its_sheet():
    frames = (noise(5, 6, 9) * 255).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sprites, "SIDE", 30)  # two frames in a row
        figure = figures.FrameSlider(frames, list("abcde"), start=3, lossless=True, **ABOUT)
    elements = Elements(figure.html())
    (image,), (control,) = elements.all("img"), elements.all("input")
    assert json.loads(control["data-labels"]) == list("abcde")
    assert (control["min"], control["max"], control["value"]) == ("0", "4", "3")
    columns, across, left, columns2, down, top = map(
        float,
        re.search(
            r"left=-\(v%(\d+)\*([\d.]+)\+([\d.]+)\)\+'%';s.top=-\(Math.floor\(v/(\d+)\)\*([\d.]+)\+([\d.]+)\)",
            control["oninput"],
        ).groups(),
    )
    assert columns == columns2 == 2
    for i in range(5):
        place = -(i % columns * across + left), -(i // columns * down + top)
        assert place == pytest.approx(figure._sheet.offset(i), rel=1e-5)
    style = dict(part.split(":") for part in image["style"].split(";"))
    assert (float(style["left"][:-1]), float(style["top"][:-1])) == pytest.approx(figure._sheet.offset(3), rel=1e-5)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(figure.png()))), frames[3])


def test_small_pictures_are_enlarged_by_a_whole_factor():
    assert "width:480px;aspect-ratio:16/9;image-rendering:pixelated" in controls.window(9, 16)
    large = controls.window(400, 700)
    assert "width:700px" in large
    assert "pixelated" not in large


@pytest.mark.parametrize(
    ("change", "message"),
    [({"labels": ["a"]}, "1 labels for 2 frames"), ({"start": 2}, "start=2"), ({"start": -1}, "start=-1")],
)
def test_slider_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        figures.FrameSlider([np.eye(2)] * 2, **{"labels": ["a", "b"], **ABOUT, **change})


def test_wipe_shows_both_pictures_and_prints_them_side_by_side():
    a, b = (noise(2, 20, 30) * 255).astype(np.uint8)
    figure = figures.Wipe(a, b, labels=("a", "b"), **ABOUT)
    after, before = Elements(figure.html()).all("img")
    assert np.array_equal(picture(before["src"])[..., 0], a)
    assert np.array_equal(picture(after["src"])[..., 0], b)
    printed = np.asarray(Image.open(io.BytesIO(figure.png())))
    assert np.array_equal(printed[:, :30], a)
    assert np.array_equal(printed[:, -30:], b)
    with pytest.raises(ValueError, match="two labels"):
        figures.Wipe(a, b, labels=("a",), **ABOUT)


@pytest.mark.parametrize("shape", [(3, 33, 47), (3, 32, 48, 3)])
def test_scrubber_carries_the_clip_with_every_frame_a_keyframe(shape):
    import av

    ramp = np.linspace(0.2, 0.8, shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    clip = np.broadcast_to(ramp, shape)
    figure = figures.Scrubber(clip, fps=Fraction(30000, 1001), **ABOUT)
    (film,) = Elements(figure.html()).all("video")
    data = base64.b64decode(film["src"].removeprefix("data:video/mp4;base64,"))
    assert video.probe(data).fps == Fraction(30000, 1001)
    with av.open(io.BytesIO(data)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert len(packets) == 3
        assert all(packet.is_keyframe for packet in packets)
    shown = np.stack(list(video.frames(data)))
    assert shown.shape[1:3] == (shape[1] + shape[1] % 2, shape[2] + shape[2] % 2)
    assert np.abs(shown.mean(axis=(1, 2, 3)) / 255 - ramp.ravel()).max() < 0.02
    assert picture(film["poster"]).shape[:2] == shown.shape[1:3]


@pytest.mark.parametrize("fps", [0, -25])
def test_scrubber_refuses_a_clip_without_speed(fps):
    with pytest.raises(ValueError, match="positive number of frames per second"):
        figures.Scrubber(np.zeros((2, 16, 16)), fps=fps, **ABOUT)


# ---- quiz ----


def test_quiz_tells_right_from_wrong_and_hides_which():
    quiz = figures.Quiz("2 + 3?", ["4", "5", "6"], answer=str(2 + 3), why="Because we counted.")
    elements = Elements(quiz.html())
    (box,) = elements.all("fieldset")
    replies = json.loads(base64.b64decode(box["data-key"]))
    assert [reply.startswith("✓") for reply in replies] == [False, True, False]
    assert "Because we counted." in replies[1]
    assert "counted" not in quiz.html()
    assert "counted" not in repr(quiz)
    radios = elements.all("input")
    assert len({radio["name"] for radio in radios}) == 1
    assert [radio["value"] for radio in radios] == ["0", "1", "2"]
    assert not any("checked" in radio for radio in radios)
    assert elements.all("output")[0]["aria-live"] == "polite"
    other = figures.Quiz("2 + 4?", ["4", "5", "6"], answer=2, why="Count.")
    assert Elements(other.html()).all("input")[0]["name"] != radios[0]["name"]
    assert set(quiz._repr_mimebundle_()) == {"text/plain", "text/html"}


@pytest.mark.parametrize("answer", [1, np.int64(1), "5"])
def test_quiz_takes_an_index_or_a_choice(answer):
    assert figures.Quiz("2 + 3?", ["4", "5"], answer=answer, why="Count.").answer == 1


@pytest.mark.parametrize("answer", [2, -1, "7", True])
def test_quiz_refuses_an_answer_that_is_no_choice(answer):
    with pytest.raises(ValueError, match="none of the choices"):
        figures.Quiz("2 + 3?", ["4", "5"], answer=answer, why="Count.")


@pytest.mark.parametrize("change", [{"choices": ["4", "4"]}, {"choices": ["4"]}, {"why": ""}, {"question": ""}])
def test_quiz_refuses_half_a_question(change):
    with pytest.raises(ValueError, match="two or more"):
        figures.Quiz(**{"question": "2 + 3?", "choices": ["4", "5"], "answer": 0, "why": "Count.", **change})


# ---- with a kernel ----


def test_live_is_the_same_thing_as_widgets():
    pytest.importorskip("ipywidgets")
    made = interactives()

    def seen(box):
        return np.asarray(Image.open(io.BytesIO(box.children[0].value)))

    slider, frames = made["slider"].live(), made["slider"].frames
    assert np.array_equal(seen(slider), frames[2])
    slider.children[1].value = 1
    assert np.array_equal(seen(slider), frames[1])

    wipe, (a, b) = made["wipe"].live(), made["wipe"].frames
    wipe.children[1].value = 100
    assert np.array_equal(seen(wipe), a)
    wipe.children[1].value = 0
    assert np.array_equal(seen(wipe), b)

    scrubber = made["scrubber"].live()
    scrubber.children[-1].value = 3  # the player moves the slider, the slider the picture
    assert np.array_equal(seen(scrubber), made["scrubber"].frames[3])

    _, radio, button, output = made["quiz"].live().children
    button.click()
    assert output.value.startswith("Choose")
    radio.index = 1
    button.click()
    assert output.value.startswith("✗")
    radio.index = 0
    button.click()
    assert output.value.startswith("✓")
    assert "<em>so</em>" in output.value


@pytest.mark.parametrize("which", ["slider", "wipe", "scrubber", "quiz"])
def test_live_without_ipywidgets_says_so(which, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets") as caught:
        interactives()[which].live()
    assert "\n" not in str(caught.value)


def test_in_a_kernel(tmp_path):
    """One kernel: metadata reach the notebook, glued numbers too, and nothing is shown twice."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    cells = [
        "import numpy as np, matplotlib.pyplot as plt\nfrom vdtext import figures\nfigures.use_style()",
        "fig, ax = plt.subplots()\nfigures.show(fig, name='fig-a', caption='C.', alt='A.')",
        "figures.Wipe(np.eye(4), np.eye(4), labels=('a', 'b'), name='fig-b', caption='C.', alt='B.')",
        "figures.glue('gain', 1 / 3)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": "."}}
    ).execute()
    setup, static, wipe, glued = [cell.outputs for cell in notebook.cells]
    assert setup == []
    assert [set(output.data) for output in static] == [{"text/plain", "image/png"}]
    assert Image.open(io.BytesIO(base64.b64decode(static[0].data["image/png"]))).size == (910, 494)
    assert static[0].metadata["vdtext"] == {"name": "fig-a", "caption": "C.", "alt": "A."}
    assert [set(output.data) for output in wipe] == [{"text/plain", "text/html", "image/png"}]
    assert wipe[0].metadata["vdtext"]["alt"] == "B."
    assert glued[0].metadata["scrapbook"]["name"] == "gain"
    assert list(glued[0].data.values()) == ["0.333"]

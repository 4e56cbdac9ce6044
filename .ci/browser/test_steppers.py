"""Every figure to step through changes its picture by mouse, by touch, by keyboard and by its address.

The picture's own region is compared, not the page: a caption that changes alone would not be enough.
"""

from browser.reading import PHONE
from browser.steppers import Stepper, part_of
from browser.verdict import no_faults


def test_by_mouse(stepper, reading):
    page, name = stepper
    figure = Stepper(reading(page), name)
    figure.go_to_first()
    seen = figure.look()
    for frame in range(2, figure.frames + 1):
        figure.next.click()
        figure.expect(frame, "a click on Next")
        seen = figure.expect_change(seen, f"Next, to frame {frame},")
    figure.previous.click()
    figure.expect(figure.frames - 1, "a click on Previous")
    figure.expect_change(seen, "Previous")
    drag(figure, 1.0, 0.0)
    figure.expect(1, "dragging the slider to its left end")
    figure.expect_change(seen, "dragging the slider")
    no_faults(page, figure.faults)


def drag(figure, start, end):
    """Take the slider's thumb from one share of its width to another."""
    figure.slider.click(position=part_of(figure.slider, start))
    box, mouse = figure.slider.bounding_box(), figure.page.mouse
    at = [box["x"] + part_of(figure.slider, share)["x"] for share in (start, (start + end) / 2, end)]
    mouse.move(at[0], box["y"] + box["height"] / 2)
    mouse.down()
    for x in at[1:]:
        mouse.move(x, box["y"] + box["height"] / 2, steps=4)
    mouse.up()


def test_by_touch(stepper, reading):
    page, name = stepper
    figure = Stepper(reading(page, **PHONE), name)
    figure.slider.tap(position=part_of(figure.slider, 0.0))
    figure.expect(1, "a tap at the slider's left end")
    figure.there_and_back(figure.next.tap, figure.previous.tap, "a tap")
    first = figure.look()
    figure.slider.tap(position=part_of(figure.slider, 1.0))
    figure.expect(figure.frames, "a tap at the slider's right end")
    figure.expect_change(first, "a tap at the slider's right end")
    no_faults(page, figure.faults)


def test_by_keyboard(stepper, reading):
    page, name = stepper
    figure = Stepper(reading(page), name)
    press = figure.page.keyboard.press
    walk_through_controls(figure)
    figure.slider.focus()
    press("Home")
    figure.expect(1, "Home")
    figure.there_and_back(lambda: press("ArrowRight"), lambda: press("ArrowLeft"), "an arrow key")
    first = figure.look()
    press("End")
    figure.expect(figure.frames, "End")
    figure.expect_change(first, "End")
    press("Home")
    figure.expect_same(first, "Home")
    figure.there_and_back(lambda: figure.next.press("Enter"), lambda: figure.previous.press(" "), "a button's key")
    no_faults(page, figure.faults)


def walk_through_controls(figure):
    """Reach slider and buttons by Tab alone, in the order in which they stand, and come back to the first."""
    stops = figure.root.locator(".kv-slider, .kv-previous, .kv-play, .kv-next")
    stops.first.focus()
    reached = []
    for key in ["Tab"] * (stops.count() - 1) + ["Shift+Tab"] * (stops.count() - 1):
        figure.page.keyboard.press(key)
        reached.append(figure.page.evaluate("document.activeElement.className"))
    there = [one.get_attribute("class") for one in stops.all()]
    wanted = [*there[1:], *reversed(there[:-1])]
    if reached != wanted:
        figure.faults.append(f"#{figure.name}: Tab goes to {reached}, not {wanted}: keep the controls together")


def test_play_and_pause(stepper, reading):
    page, name = stepper
    figure = Stepper(reading(page, clock=True), name)
    figure.go_to_first()
    first = figure.look()
    figure.play.press("Enter")
    if figure.play.inner_text() != "Pause":
        figure.faults.append(f"#{name} .kv-play: playing, it says {figure.play.inner_text()}: let it say Pause")
    for _ in range(8):  # the slowest figure stays three seconds on a frame
        if figure.frame == 1:
            figure.page.clock.run_for(500)
    first_played = figure.expect_change(first, "Play")
    figure.play.press("Enter")
    if figure.play.inner_text() != "Play":
        figure.faults.append(f"#{name} .kv-play: paused, it says {figure.play.inner_text()}: let it say Play")
    figure.page.clock.run_for(10_000)
    figure.expect_same(first_played, "Pause, which lets time go by,")
    no_faults(page, figure.faults)


def test_its_address_opens_a_frame(stepper, opened):
    page, name = stepper
    figure = Stepper(opened(f"{page}#{name}=2"), name)
    figure.expect(2, f"opening #{name}=2")
    second = figure.look()
    figure.page.evaluate(f"location.hash = '{name}=1'")
    figure.page.wait_for_timeout(50)
    figure.expect(1, f"following a link to #{name}=1")
    first = figure.expect_change(second, f"a link to #{name}=1")
    figure.next.click()
    figure.expect_same(second, f"Next, from #{name}=1,")
    figure.go_to_first()
    figure.expect_same(first, "Home")
    no_faults(page, figure.faults)

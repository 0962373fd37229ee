"""Layers and units: what is pressed in the diagram's heads is the network that trains."""

from playwright.sync_api import Page, expect

from browser.driving import Lab


def test_layers_come_and_go(lab: Lab) -> None:
    network = lab.region("Network")
    expect(network).to_contain_text("2-8-8-2")
    lab.press("Add layer")
    expect(network.get_by_role("group", name="Hidden 3", exact=True)).to_be_visible()
    lab.press("Remove layer", "Remove layer", "Remove layer")
    expect(network).to_contain_text("2-2, 6 parameters")
    expect(lab.button("Remove layer")).to_be_disabled()
    lab.steps(1)


def test_a_layer_between_two_others(lab: Lab) -> None:
    lab.press("Add a layer here, after Hidden 1")
    expect(lab.region("Network").get_by_role("group", name="Hidden 3", exact=True)).to_be_visible()


def test_units_are_stepped_or_typed(lab: Lab) -> None:
    network = lab.region("Network")
    lab.press("More units in Hidden 1")
    expect(network).to_contain_text("2-9-8-2")
    lab.press("Fewer units in Hidden 2")
    expect(network).to_contain_text("2-9-7-2")
    lab.page.get_by_role("textbox", name="Units of Hidden 1").fill("40")
    lab.page.get_by_role("textbox", name="Units of Hidden 1").press("Enter")
    expect(network).to_contain_text("2-40-7-2")
    lab.steps(1)


def test_activation_and_dropout_of_one_layer(lab: Lab) -> None:
    lab.field("Activation of Hidden 1").select_option(label="ReLU")
    expect(lab.field("Activation of Hidden 1")).to_have_value("relu")
    lab.fill("Dropout of Hidden 2", 0.25)
    told = lab.taken_text("Run as TOML")
    assert 'activation = "relu"' in told and 'activation = "tanh"' in told and "0.25" in told


def test_units_and_weights_are_in_the_diagram(lab: Lab) -> None:
    diagram = lab.page.get_by_role("application", name="Diagram of the network")
    expect(diagram.get_by_role("button", name="Hidden 1, unit")).to_have_count(8)
    links = diagram.locator(".links path")
    expect(links).to_have_count(2 * 8 + 8 * 8 + 8 * 2)
    before = links.first.get_attribute("stroke-width")
    lab.epoch()
    lab.until(lambda: links.first.get_attribute("stroke-width") != before)


def test_a_wide_layer_stays_one_picture(lab: Lab) -> None:
    lab.page.get_by_role("textbox", name="Units of Hidden 1").fill("300")
    lab.page.get_by_role("textbox", name="Units of Hidden 1").press("Enter")
    expect(lab.region("Network")).to_contain_text("2-300-8-2")
    lab.steps(2)
    assert lab.page.locator(".links path").count() <= 3 * 400


def test_the_gradients_size_stands_under_each_layer(lab: Lab, page: Page) -> None:
    lab.epoch()
    expect(lab.region("Network").get_by_text("gradient")).to_have_count(3)
    page.get_by_role("tab", name="Gradients").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Hidden 1")

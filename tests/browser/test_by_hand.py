"""A seller with a finger, and one with keys alone: what is pressed for long, swiped, reached by Tab and walked by arrows."""

from __future__ import annotations

from playwright.sync_api import Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MOST_TABS = 20


def touch(page: Page, start: tuple[float, float], *path: tuple[float, float], hold: int = 0) -> None:
    """A finger down, along `path`, and up."""
    finger = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        finger.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    send("touchStart", start)
    if hold:
        page.wait_for_timeout(hold)
    for point in path:
        send("touchMove", point)
    send("touchEnd")


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box, selector
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_a_message_is_pressed_for_long_and_a_chat_takes_the_whole_screen(
    open_as, phone, heard, bruno
):
    phone.hear(heard("Hola"))
    page = open_as(bruno, f"/chats/{phone.chat.id}", **PHONE)
    expect(page.locator(".tabbar")).to_be_hidden()
    touch(page, middle(page, ".msg.in"), hold=600)
    menu = page.locator("#message-menu")
    expect(menu).to_be_visible()
    heights = menu.locator(".menu-item").evaluate_all("nodes => nodes.map(node => node.offsetHeight)")
    assert min(heights) >= 46
    menu.get_by_role("button", name="🙏").tap()
    expect(page.locator(".msg.in .deed")).to_contain_text("Reacting")
    expect(menu).to_be_hidden()
    page.goto("/chats")
    new = page.get_by_role("link", name="New message").bounding_box()
    assert min(new["width"], new["height"]) >= 44


def test_on_a_phone_a_lead_begins_with_its_stage_and_a_board_is_swiped(open_as, bruno, sales, make_lead):
    third = sales.stages[2]
    lead = make_lead("50 chairs", stage_id=third.id)
    for n in range(3):
        make_lead(f"Table {n}", stage_id=third.id)
    page = open_as(bruno, f"/leads/{lead.id}", **PHONE)
    stage, value = page.get_by_label("Stage", exact=True), page.locator("a.edit").first
    assert stage.bounding_box()["y"] < 200
    assert value.bounding_box()["y"] < 320

    page.goto(f"/leads/board/{sales.id}")
    card = f"#stage-{third.id} .deal"
    expect(page.locator(card).first).to_be_in_viewport(ratio=0.9)
    before = page.locator("#board").evaluate("board => board.scrollLeft")
    x, y = middle(page, card)
    touch(page, (x, y), *((x + step, y) for step in range(12, 200, 12)))
    page.wait_for_function("before => document.getElementById('board').scrollLeft < before - 60", arg=before)
    expect(page.locator(card)).to_have_count(4)


def steps_to(page: Page, target: str) -> int:
    """How many times Tab is pressed until `target` has the focus; a skip link that leads there is taken."""
    page.evaluate("document.activeElement.blur()")
    for presses in range(1, 60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """target => { const now = document.activeElement, skip = now.matches(".skip") && document.querySelector(now.hash);
                return now.closest(target) ? "there" : skip && skip.id !== "main" && (skip.closest(target) || skip.querySelector(target)) ? "near" : "" }""",
            target,
        )
        if at == "there":
            return presses
        if at == "near":
            page.keyboard.press("Enter")
            if page.evaluate("target => Boolean(document.activeElement.closest(target))", target):
                return presses
    return 60


def test_twenty_tabs_reach_whatever_a_page_is_for(open_as, phone, heard, bruno, sales, make_lead):
    leads = [make_lead(f"Order {n}", stage_id=sales.stages[n % 3].id) for n in range(30)]
    phone.hear(*(heard(f"Hola {n}") for n in range(30)))
    chat = f"/chats/{phone.chat.id}"
    page = open_as(bruno, "/chats")
    wanted = [
        ("/chats", ".chat-row"),
        (chat, ".chat-row"),
        (chat, ".msg"),
        (chat, "form.composer textarea"),
        ("/leads", "#results tbody a"),
        (f"/leads/board/{sales.id}", ".deal a"),
        (f"/leads/{leads[0].id}", "select[name=stage_id]"),
        (f"/leads/{leads[0].id}", "textarea[name=body]"),
        ("/settings/profile", "select[name=locale]"),
    ]
    far = {}
    for path, target in wanted:
        page.goto(path)
        expect(page.locator("html[data-net=live]")).to_be_attached()
        far[path, target] = steps_to(page, target)
    assert max(far.values()) <= MOST_TABS, far


def test_arrows_walk_messages_rows_and_columns(open_as, phone, heard, bruno, sales, make_lead):
    new, contacted = sales.stages[:2]
    make_lead("50 chairs", stage_id=new.id)
    make_lead("Tables", stage_id=contacted.id)
    phone.hear(heard("Uno"), heard("Dos"))
    page = open_as(bruno, f"/chats/{phone.chat.id}")
    page.locator(".msg", has_text="Dos").focus()
    page.keyboard.press("ArrowUp")
    with page.expect_response("**/messages*"):
        page.evaluate(
            "document.querySelectorAll('[data-live-topic]').forEach(one => htmx.trigger(one, 'live', {}, false))"
        )
    phone.hear(heard("Tres"))
    expect(page.locator(".msg", has_text="Tres")).to_be_visible()
    expect(page.locator(".msg", has_text="Uno")).to_be_focused()  # a redraw takes no place in a list
    page.keyboard.press("Enter")
    expect(page.locator("#message-menu .menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".msg", has_text="Uno")).to_be_focused()

    page.goto(f"/leads/board/{sales.id}")
    page.locator(".deal a", has_text="50 chairs").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".deal a", has_text="Tables")).to_be_focused()


OVER_A_CONTROL = """() => { const toast = document.querySelector("#toasts .toast").getBoundingClientRect();
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(node => {
        const box = node.getBoundingClientRect();
        return !node.closest("#toasts") && node.checkVisibility({ opacityProperty: true }) && box.width > 1 && box.left < toast.right
            && box.right > toast.left && box.top < toast.bottom && box.bottom > toast.top;
    }).map(node => node.outerHTML.slice(0, 90)) }"""


def test_a_toast_takes_a_move_back_and_lies_over_no_control(open_as, console, bruno, sales, make_lead):
    new = sales.stages[0]
    lead = make_lead("50 chairs", stage_id=new.id)
    page = open_as(bruno, f"/leads/board/{sales.id}")
    page.locator(".deal-title").focus()
    page.keyboard.press("Shift+ArrowRight")
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("moved to Contacted")
    assert page.evaluate(OVER_A_CONTROL) == []
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#stage-{new.id} .deal", has_text="50 chairs")).to_be_visible()

    board = page.url
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(board.replace(f"board/{sales.id}", str(lead.id)))
    owner = page.get_by_label("Owner").first
    owner.select_option(str(bruno.user_id))
    expect(toast).to_contain_text("Owner changed")
    toast.get_by_role("button", name="Undo").focus()  # it stays while somebody is on it
    page.get_by_label("Add a tag").scroll_into_view_if_needed()
    page.wait_for_function(f"() => !({OVER_A_CONTROL})().length")
    toast.get_by_role("button", name="Undo").click()
    expect(owner).to_have_value("")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(board)

    console.allow("Failed to fetch|net::ERR|htmx:error")
    page.route("**/leads/new*", lambda route: route.abort())
    for _ in range(2):
        page.get_by_role("link", name="New lead").click()
    expect(toast).to_have_count(1)


def test_a_button_of_words_shows_that_it_is_on_its_way(open_as, bruno, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(bruno, f"/leads/{lead.id}")
    held = []
    page.route("**/notes", lambda route: held.append(route))
    page.get_by_label("Add a note").fill("May")
    button = page.get_by_role("button", name="Save note")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    ring = "node => getComputedStyle(node, '::after').animationName"
    assert "spin" in button.evaluate(ring)
    held[0].continue_()
    expect(page.locator(".said")).to_contain_text("May")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)

"""Reading a form of a page as a browser would send it back."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """The fields of the last form of a page that is no single button, with what they hold."""

    def __init__(self):
        super().__init__()
        self.fields, self.select, self.area, self.inside = {}, "", "", False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name = given.get("name", "")
        match tag:
            case "form":
                self.inside = given.get("class") == "form"
                self.fields = {} if self.inside else self.fields
            case "input" if self.inside and name:
                if given.get("type") != "checkbox" or "checked" in given:
                    self.fields[name] = given.get("value") or ""
            case "select" if self.inside:
                self.select = name
            case "option" if self.select and "selected" in given:
                self.fields[self.select] = given.get("value", "")
            case "textarea" if self.inside:
                self.area, self.fields[name] = name, ""

    def handle_endtag(self, tag):
        self.select = "" if tag == "select" else self.select
        self.area = "" if tag == "textarea" else self.area
        self.inside = self.inside and tag != "form"

    def handle_data(self, data):
        if self.area:
            self.fields[self.area] += data


def shown(panel, path):
    """What the fields of the form at `path` hold when it is shown."""
    parser = _Form()
    parser.feed(panel.get(path).get_data(as_text=True))
    return {name: value.lstrip("\r\n") for name, value in parser.fields.items() if name != "csrf_token"}


def sent(panel, path, **changes):
    """Post the form at `path` as it is shown, with some fields changed."""
    return panel.post(path, **shown(panel, path) | changes)

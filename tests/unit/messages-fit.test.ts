import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeHtml } from "../../workflows/messages/escape.ts";
import { fit, MESSAGE_LIMIT, split } from "../../workflows/messages/fit.ts";
import { telegramText } from "../support/telegramHtml.ts";

/** Text that people, programs and attackers write; half surrogate pairs too. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "<b>",
        "</b>",
        "&amp;",
        "&",
        "<",
        ">",
        '"',
        "😀",
        "\ud83d",
        "\ude00",
        "\n",
        " ",
        "\u202e",
      ),
    ),
  )
  .map((parts) => parts.join(""));

const link = fc.webUrl().map(escapeHtml);

/** Markup as messages are made of. */
const { markup } = fc.letrec<{ markup: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    anyText.map(escapeHtml),
    tie("markup").map((inner) => `<b>${inner}</b>`),
    tie("markup").map((inner) => `<i><code>${inner}</code></i>`),
    tie("markup").map((inner) => `<blockquote>${inner}</blockquote>`),
    fc.tuple(link, tie("markup")).map(([url, inner]) => `<a href="${url}">${inner}</a>`),
  ),
  markup: fc.array(tie("part"), { maxLength: 6 }).map((parts) => parts.join("")),
}));

const limits = fc.oneof(fc.integer({ min: 2, max: 60 }), fc.constant(MESSAGE_LIMIT));

test("NOTIF-04: any text is shown as it is, and is no markup", () => {
  fc.assert(
    fc.property(anyText, (text) => assert.equal(telegramText(escapeHtml(text)), text.toWellFormed())),
  );
});

test("NOTIF-04: what fits stays as it is; what does not ends in an ellipsis, within the limit, with sound markup", () => {
  fc.assert(
    fc.property(markup, limits, (html, limit) => {
      const text = telegramText(html);
      const short = telegramText(fit(html, limit));
      if (text.length <= limit) return assert.equal(fit(html, limit), html);
      assert.ok(short.length <= limit);
      assert.ok(short.endsWith("…") && text.startsWith(short.slice(0, -1)));
      // One surrogate pair may be too long for the last place.
      assert.ok(short.length >= limit - 1);
    }),
  );
});

test("NOTIF-06: a long answer becomes several messages within the limit that hold all of it, with sound markup", () => {
  fc.assert(
    fc.property(markup, limits, (html, limit) => {
      const messages = split(html, limit).map(telegramText);
      for (const message of messages) assert.ok(message.length <= limit && message.trim() !== "");
      assert.equal(messages.join("").replace(/\s/g, ""), telegramText(html).replace(/\s/g, ""));
    }),
  );
});

test("NOTIF-06: a long answer is cut between lines, and a list of 500 tasks is a few messages", () => {
  const lines = Array.from(
    { length: 500 },
    (_, index) => `• <b>ONB-${index}</b> tâche numéro ${index} &amp; suite`,
  );
  const messages = split(lines.join("\n"));
  assert.equal(messages.length, Math.ceil(telegramText(lines.join("\n")).length / MESSAGE_LIMIT));
  assert.deepEqual(
    messages.flatMap((message) => message.split("\n")),
    lines,
  );
});

test("NOTIF-06: a word that is too long for a message is cut all the same, and a tag goes on in the next", () => {
  assert.deepEqual(split(`<b>${"a".repeat(5)}</b>`, 3), ["<b>aaa</b>", "<b>aa</b>"]);
  assert.deepEqual(split("<b>ab</b>😀&amp;", 3), ["<b>ab</b>", "😀&amp;"]);
  assert.deepEqual(split(""), []);
});

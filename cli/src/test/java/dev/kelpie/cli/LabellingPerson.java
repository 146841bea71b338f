package dev.kelpie.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A person who judges pairs by keyboard and remembers each answer. */
final class LabellingPerson {
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final String CARD = "document.querySelector('#label-card')?.dataset.item";
  private static final List<String> KEYS =
      List.of("1", "ArrowRight", "3", "ArrowLeft", "2", "s", "ArrowDown");
  private static final List<String> MEANT =
      List.of("left", "right", "tie", "left", "right", "skip", "tie");
  private static final int TAKES_BACK = 11;

  private final String name;
  private final int share;
  private final LabelServer server;
  private final Map<String, String> answers = new LinkedHashMap<>();
  private int takenBack;
  private int pressed;

  /**
   * @param share answers to give
   */
  LabellingPerson(String name, int share, LabelServer server) {
    this.name = name;
    this.share = share;
    this.server = server;
  }

  String name() {
    return name;
  }

  /** What was answered, by item. */
  Map<String, String> answers() {
    return answers;
  }

  int takenBack() {
    return takenBack;
  }

  void judge(Chromium page) throws InterruptedException {
    LabelServer.Address address = server.address(0);
    open(page, address.url());
    boolean reloaded = false;
    while (answers.size() < share) {
      if (!reloaded && answers.size() >= share / 4) {
        reloaded = true;
        open(page, address.url()); // what was pressed last may not be sent yet
      }
      String item = item(page);
      if (item.isEmpty()) {
        // nothing left while the server is away
        if (server.starts() > address.start()) {
          address = server.address(address.start());
          open(page, address.url());
        }
        continue;
      }
      press(page, item);
    }
    open(page, server.address(1).url()); // that of the server that was started again
    page.await("document.querySelector('#view-label').dataset.unsent === '0'", SOON);
  }

  private void press(Chromium page, String item) {
    if (answers.containsKey(item)) {
      throw new AssertionError(
          name
              + " is asked again about "
              + item
              + ", of "
              + answers
              + "; the browser has "
              + page.evaluate("JSON.stringify(localStorage)").asText());
    }
    String key = KEYS.get(pressed % KEYS.size());
    page.press(key);
    answers.put(item, MEANT.get(pressed % KEYS.size()));
    pressed++;
    server.addPressed();
    if (pressed % TAKES_BACK == 0) {
      page.press("u");
      answers.remove(item);
      takenBack++;
      String again = item(page);
      if (!again.equals(item)) {
        throw new AssertionError(name + " took back " + item + ", and sees " + again);
      }
    }
  }

  private void open(Chromium page, String url) {
    page.open(url + "#label");
    page.await("document.querySelector('#label-name') !== null", SOON);
    page.evaluate(
        "{ const name = document.querySelector('#label-name'); if (name.value !== '"
            + name
            + "') { name.value = '"
            + name
            + "'; name.dispatchEvent(new Event('change')); } }");
  }

  /** The item that the page shows within half a second; else nothing. */
  private static String item(Chromium page) {
    return page.evaluate(
            "new Promise((done) => { const look = (n) => { const item = "
                + CARD
                + "; if (item || n === 0) done(item ?? ''); else setTimeout(() => look(n - 1),"
                + " 20); }; look(25); })")
        .asText();
  }
}

package dev.kelpie.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.Label;
import dev.kelpie.runs.label.LabelBook;
import dev.kelpie.runs.label.LabelEvent;
import dev.kelpie.runs.label.LabelItem;
import dev.kelpie.runs.label.LabelItems;
import dev.kelpie.runs.label.LabelsFile;
import dev.kelpie.runs.label.PairQueue;
import dev.kelpie.runs.label.QueueEvent;
import dev.kelpie.runs.label.QueueFile;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.http.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Hands out what people are asked about a run, and takes their answers to {@code labels.jsonl}. */
final class LabelPages {
  private static final int MOST_ITEMS = 20;
  private static final int MOST_PEOPLE = 5;
  private static final int LONGEST_TEXT = 20_000;

  private final LabelItems items;
  private final LabelsFile file;
  private final QueueFile queue;
  private final Leases leases = new Leases(System::nanoTime);
  private final String run;

  LabelPages(RunFolder folder) {
    this.items = new LabelItems(folder);
    this.file = new LabelsFile(folder);
    this.queue = new QueueFile(folder);
    this.run = digest(folder.root().toString()).substring(0, 16);
  }

  /** What a page asks for items with. */
  private record Asked(
      Leases.Holder holder, boolean single, int people, long first, long last, int count) {}

  /**
   * The next items for a browser, which has them for five minutes. The request: {@code labeller},
   * {@code browser} (a name of its own), {@code kind} ({@code pairs} or {@code responses}), {@code
   * people} (how many are to answer each item), {@code steps}, {@code count}, {@code have} (items
   * that the browser still shows, whose leases are renewed), {@code answered} (items whose answers
   * may not be here yet; they count as done). The answer: {@code run}, {@code items} without
   * anything that says which response the run prefers, {@code total}, {@code done} by this person,
   * {@code open} for this person, {@code busy} (open, but others have them), {@code waits} (whether
   * the items are the pairs that the run waits for), {@code waiting} (how many of those have too
   * few answers), {@code steps}, {@code notes}.
   */
  synchronized Answer next(String body) throws IOException {
    JsonNode json = object(body);
    Asked asked = asked(json);
    LabelBook book = file.read();
    leases.releaseOtherNames(asked.holder());
    leases.expire();
    Set<ItemKey> have = have(json, asked, book);
    Set<ItemKey> answered = new HashSet<>();
    json.path("answered").forEach(one -> answered.add(ItemKey.parse(one.asText())));
    PairQueue waiting = queue.read();
    boolean queued = waiting.isOpen() && !asked.single();
    int people = queued ? Math.max(asked.people(), waiting.answers()) : asked.people();
    List<ItemKey> all = new ArrayList<>(keys(asked, waiting, queued));
    Set<ItemKey> first = new HashSet<>(ofSteps(waiting, asked));
    Map<ItemKey, String> order = new HashMap<>();
    for (ItemKey item : all) {
      int rank = (leases.has(item, asked.holder()) ? 0 : 2) + (first.contains(item) ? 0 : 1);
      order.put(item, rank + digest("order\n" + item));
    }
    all.sort(Comparator.comparing(item -> order.getOrDefault(item, "")));
    List<ItemKey> given = new ArrayList<>();
    int done = 0;
    int busy = 0;
    int open = 0;
    for (ItemKey item : all) {
      Map<String, Label> answers = book.about(item);
      if (answers.containsKey(asked.holder().labeller()) || answered.contains(item)) {
        done++;
        continue;
      }
      long decided = answers.values().stream().filter(label -> !label.skipped()).count();
      if (decided >= people) {
        continue;
      }
      open++;
      if (leases.elsewhere(item, asked.holder())
          || decided + leases.others(item, asked.holder()) >= people) {
        busy++;
      } else if (!have.contains(item) && given.size() < asked.count()) {
        given.add(item);
      }
    }
    ObjectNode node = Json.object().put("run", run);
    putItems(node.putArray("items"), given, asked.holder());
    node.put("total", all.size()).put("done", done).put("open", open).put("busy", busy);
    node.put("waits", queued).put("waiting", unanswered(waiting, book));
    node.put("steps", items.recordedSteps()).put("mostSteps", LabelItems.MOST_STEPS);
    putNotes(node.putArray("notes"), book);
    return Json.answer(HttpResponseStatus.OK, node);
  }

  /** What a page may ask about: what the run waits for alone, or all, with what it waited for. */
  private Set<ItemKey> keys(Asked asked, PairQueue waiting, boolean queued) throws IOException {
    Set<ItemKey> keys = new LinkedHashSet<>(asked.single() ? List.of() : ofSteps(waiting, asked));
    if (!queued) {
      keys.addAll(items.keys(asked.single(), asked.first(), asked.last()));
    }
    return keys;
  }

  /** The pairs that wait, of the steps that a page asks for. */
  private static List<ItemKey> ofSteps(PairQueue queue, Asked asked) {
    return queue.waiting().stream()
        .map(QueueEvent.Item::key)
        .filter(key -> key.step() >= asked.first() && key.step() <= asked.last())
        .toList();
  }

  /** How many pairs the run waits for that have too few answers. */
  private static long unanswered(PairQueue queue, LabelBook book) {
    return !queue.isOpen()
        ? 0
        : queue.waiting().stream()
            .map(item -> book.about(item.key()).values().stream())
            .filter(labels -> labels.filter(one -> !one.skipped()).count() < queue.answers())
            .count();
  }

  private static Asked asked(JsonNode json) {
    String browser = json.path("browser").asText();
    if (!browser.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new IllegalArgumentException(
          "browser: " + shown(browser) + " (expected: letters, digits, hyphens and underscores)");
    }
    String kind = json.path("kind").asText();
    if (!kind.equals("pairs") && !kind.equals("responses")) {
      throw new IllegalArgumentException(
          "kind: " + shown(kind) + " (expected: pairs or responses)");
    }
    int people = json.path("people").asInt(1);
    if (people < 1 || people > MOST_PEOPLE) {
      throw new IllegalArgumentException(
          "people: " + people + " (expected: 1 to " + MOST_PEOPLE + ")");
    }
    SampleQuery.Steps steps = SampleQuery.steps(json.path("steps").asText());
    return new Asked(
        new Leases.Holder(Label.requireLabeller(json.path("labeller").asText()), browser),
        kind.equals("responses"),
        people,
        steps.first(),
        steps.last(),
        Math.max(0, Math.min(json.path("count").asInt(5), MOST_ITEMS)));
  }

  /** Items that the browser still shows. */
  private Set<ItemKey> have(JsonNode json, Asked asked, LabelBook book) {
    Set<ItemKey> have = new HashSet<>();
    for (JsonNode one : json.path("have")) {
      ItemKey item = ItemKey.parse(one.asText());
      have.add(item);
      if (have.size() <= 2 * MOST_ITEMS
          && !book.about(item).containsKey(asked.holder().labeller())) {
        leases.take(item, asked.holder());
      }
    }
    return have;
  }

  private void putItems(ArrayNode array, List<ItemKey> given, Leases.Holder holder) {
    for (ItemKey key : given) {
      Optional<LabelItem> found = items.find(key);
      if (found.isPresent()) {
        leases.take(key, holder);
        put(array.addObject(), found.get(), swapped(key, holder.labeller()));
      }
    }
  }

  private static void put(ObjectNode node, LabelItem item, boolean swapped) {
    node.put("item", item.key().toString());
    node.put("prompt", cut(item.prompt()));
    ArrayNode shown = node.putArray("shown");
    List<String> texts = item.responses();
    for (int i = 0; i < texts.size(); i++) {
      shown.add(cut(texts.get(swapped ? texts.size() - 1 - i : i)));
    }
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_TEXT
        ? text
        : text.substring(0, LONGEST_TEXT) + "… (" + text.length() + " characters)";
  }

  private void putNotes(ArrayNode notes, LabelBook book) {
    book.notes("labels.jsonl").forEach(notes::add);
    items.problems().forEach(notes::add);
  }

  /**
   * Whether a person sees the second response on the left: half of the items, another half for each
   * person, and the same whenever the item is shown.
   */
  static boolean swapped(ItemKey item, String labeller) {
    return item.isPair()
        && Character.digit(digest("side\n" + labeller + "\n" + item).charAt(0), 16) >= 8;
  }

  private static String digest(String text) {
    MessageDigest digest = Sha256.digest();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return Sha256.hex(digest);
  }

  /**
   * Takes an answer: {@code id}, {@code labeller}, {@code time}, {@code item}, {@code verdict}
   * ({@code left}, {@code right}, {@code tie}, {@code skip}, or {@code 1} to {@code 5}), {@code
   * note}, {@code millis}; or {@code of}, the id of an answer that is taken back. When it answers,
   * the line is on the disk. One that is sent again is answered with {@code new: false}.
   */
  synchronized Answer take(String body) throws IOException {
    JsonNode json = object(body);
    boolean fresh;
    if (json.has("of")) {
      fresh =
          file.append(
              new LabelEvent.Undo(
                  json.path("id").asText(),
                  time(json),
                  json.path("labeller").asText(),
                  json.path("of").asText()));
    } else {
      ItemKey key = ItemKey.parse(json.path("item").asText());
      Optional<Label> label = label(json, key);
      if (label.isEmpty()) {
        return Answer.text(
            HttpResponseStatus.CONFLICT,
            "item: "
                + key
                + " (expected: responses that the run has; step "
                + key.step()
                + " was done anew, or its samples cannot be read)");
      }
      fresh = file.append(label.get());
      leases.release(key, label.get().labeller());
    }
    return Json.answer(HttpResponseStatus.OK, Json.object().put("new", fresh));
  }

  private Optional<Label> label(JsonNode json, ItemKey key) {
    String labeller = Label.requireLabeller(json.path("labeller").asText());
    boolean swapped = swapped(key, labeller);
    String verdict = json.path("verdict").asText();
    String seen =
        switch (verdict) {
          case "left" -> swapped ? Label.SECOND : Label.FIRST;
          case "right" -> swapped ? Label.FIRST : Label.SECOND;
          default -> verdict;
        };
    if (key.isPair() && !Set.of("left", "right", Label.TIE, Label.SKIP).contains(verdict)) {
      throw new IllegalArgumentException(
          "verdict: " + shown(verdict) + " (expected: left, right, tie or skip)");
    }
    String id = json.path("id").asText();
    Instant time = time(json);
    String note = json.path("note").asText("");
    long millis = json.path("millis").asLong();
    return items
        .find(key)
        .map(item -> Label.of(item, id, time, labeller, seen, swapped, note, millis));
  }

  private static Instant time(JsonNode json) {
    try {
      return Instant.parse(json.path("time").asText());
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "time: "
              + shown(json.path("time").asText())
              + " (expected: such as 2026-01-02T03:04:05.678Z)",
          e);
    }
  }

  private static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  private static JsonNode object(String body) {
    try {
      JsonNode json = Json.MAPPER.readTree(body);
      if (json != null && json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("body: no JSON (expected: one object)", e);
    }
    throw new IllegalArgumentException("body: no object (expected: one object of JSON)");
  }

  /** What the answers say: {@link LabelResultsJson}. */
  synchronized Answer results() throws IOException {
    return Json.answer(HttpResponseStatus.OK, LabelResultsJson.of(file.read()));
  }
}

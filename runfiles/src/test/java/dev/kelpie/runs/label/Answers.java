package dev.kelpie.runs.label;

import java.time.Instant;
import java.util.List;

/** Answers made by hand; for tests. */
final class Answers {
  static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

  private Answers() {}

  /** Pair number {@code n}: {@code n+1?}, answered {@code yes} and {@code no}. */
  static LabelItem pair(int n, double firstReward, double secondReward, double probability) {
    String prompt = n + "+1?";
    List<String> texts = List.of("yes " + n, "no " + n);
    return new LabelItem(
        new ItemKey(3, n, 0, 4, LabelItem.hash(prompt, texts)),
        "row:" + n,
        prompt,
        texts,
        List.of(firstReward, secondReward),
        probability);
  }

  static LabelItem single(int n, double reward) {
    String prompt = n + "+1?";
    List<String> texts = List.of("yes " + n);
    return new LabelItem(
        new ItemKey(3, n, 2, ItemKey.NONE, LabelItem.hash(prompt, texts)),
        "row:" + n,
        prompt,
        texts,
        List.of(reward),
        Double.NaN);
  }

  /** An answer with the id {@code PERSON-ITEM-VERDICT}, padded. */
  static Label answer(String person, LabelItem item, String verdict) {
    return answer(person, item, verdict, false);
  }

  static Label answer(String person, LabelItem item, String verdict, boolean swapped) {
    String id = person + "-" + item.key().group() + "-" + verdict + "-0000000";
    return Label.of(item, id, TIME, person, verdict, swapped, "", 1500);
  }

  static LabelBook book(LabelEvent... events) {
    LabelBook book = new LabelBook(true);
    for (LabelEvent event : events) {
      book.add(event);
    }
    return book;
  }
}

package dev.kelpie.runs.label;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The answers that hold: of each item the last answer of each person that was not taken back.
 * Prompts and responses are left out unless they are asked for.
 */
public final class LabelBook {
  private static final int DAMAGES_KEPT = 100;

  private final Function<Label, Label> kept;
  private final Map<String, LabelEvent> byId = new LinkedHashMap<>();
  private final Map<String, LabelEvent> undone = new HashMap<>();
  private final Map<ItemKey, Map<String, List<Label>>> byItem = new LinkedHashMap<>();
  private final List<LabelEvent.Cut> cuts = new ArrayList<>();
  private final List<String> damaged = new ArrayList<>();
  private long damagedLines;

  /**
   * An empty book.
   *
   * @param withTexts whether prompts and responses are kept
   */
  public LabelBook(boolean withTexts) {
    this.kept = withTexts ? label -> label : Label::withoutTexts;
  }

  /** Takes the next line; one with an id that is known changes nothing. */
  void add(LabelEvent event) {
    if (event instanceof Label label) {
      Label own = kept.apply(label);
      if (byId.putIfAbsent(label.id(), own) == null && !undone.containsKey(label.id())) {
        byItem
            .computeIfAbsent(label.item(), item -> new LinkedHashMap<>())
            .computeIfAbsent(label.labeller(), name -> new ArrayList<>())
            .add(own);
      }
    } else if (event instanceof LabelEvent.Undo undo) {
      if (byId.putIfAbsent(undo.id(), undo) == null) {
        undo(undo);
      }
    } else if (event instanceof LabelEvent.Cut cut) {
      cuts.add(cut);
    }
  }

  private void undo(LabelEvent.Undo undo) {
    undone.put(undo.of(), undo);
    if (byId.get(undo.of()) instanceof Label label) {
      Map<String, List<Label>> people = byItem.getOrDefault(label.item(), Map.of());
      List<Label> own = people.getOrDefault(label.labeller(), List.of());
      own.removeIf(one -> one.id().equals(undo.of()));
      if (own.isEmpty()) {
        people.remove(label.labeller());
      }
      if (people.isEmpty()) {
        byItem.remove(label.item());
      }
    }
  }

  void addDamaged(String line) {
    damagedLines++;
    if (damaged.size() < DAMAGES_KEPT) {
      damaged.add(line);
    }
  }

  /** The event that an id has. */
  public Optional<LabelEvent> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The answers that hold about an item, by the person. */
  public Map<String, Label> about(ItemKey item) {
    Map<String, Label> last = new LinkedHashMap<>();
    byItem
        .getOrDefault(item, Map.of())
        .forEach((name, answers) -> last.put(name, answers.get(answers.size() - 1)));
    return last;
  }

  /** All answers that hold, item by item. */
  public List<Label> answers() {
    List<Label> all = new ArrayList<>();
    byItem.keySet().forEach(item -> all.addAll(about(item).values()));
    return all;
  }

  /** The items that somebody has answered. */
  public Collection<ItemKey> items() {
    return List.copyOf(byItem.keySet());
  }

  /** Answers in the file, those that were taken back or replaced included. */
  public long written() {
    return byId.values().stream().filter(Label.class::isInstance).count();
  }

  /** Answers that were taken back. */
  public long takenBack() {
    return undone.keySet().stream().filter(id -> byId.get(id) instanceof Label).count();
  }

  /** Sentences about lines that were torn, and lines that cannot be read. */
  public List<String> notes(String file) {
    List<String> notes = new ArrayList<>();
    for (LabelEvent.Cut cut : cuts) {
      notes.add(
          file
              + ": the last line was torn when a process was killed ("
              + cut.time()
              + "); its "
              + cut.bytes()
              + " bytes are cut off and kept in a line of kind cut");
    }
    notes.addAll(damaged);
    if (damagedLines > damaged.size()) {
      notes.add(file + ": " + (damagedLines - damaged.size()) + " more damaged lines");
    }
    return notes;
  }
}

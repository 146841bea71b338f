package dev.kelpie.dashboard;

import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.runs.RecordedRun;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A run that the page shows.
 *
 * @param situation who waits for whom; empty for a recorded run
 * @param control empty for a recorded run
 * @param facts of the machine and the versions that run it, by name; empty when unknown
 * @param notes sentences about missing or incomplete files
 * @param texts one text for each token id, in order; an empty list where they are unknown
 */
public record ShownRun(
    String name,
    RunView view,
    Supplier<Optional<Situation>> situation,
    Optional<RunControl> control,
    RunFolder folder,
    Map<String, String> facts,
    Supplier<List<String>> notes,
    Function<TokenIds, List<String>> texts) {
  public ShownRun {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /** A run of this process. */
  public static ShownRun live(
      RunView view,
      Supplier<Optional<Situation>> situation,
      RunControl control,
      RunFolder folder,
      Map<String, String> facts,
      Function<TokenIds, List<String>> texts) {
    return new ShownRun(
        nameOf(folder), view, situation, Optional.of(control), folder, facts, List::of, texts);
  }

  /** A run that has ended or that another process continues, read from its folder. */
  public static ShownRun recorded(RunFolder folder, Function<TokenIds, List<String>> texts) {
    RecordedRun history = RecordedRun.open(folder);
    return new ShownRun(
        nameOf(folder),
        history,
        Optional::empty,
        Optional.empty(),
        folder,
        Map.of(),
        history::notes,
        texts);
  }

  /** The same run under another name. */
  public ShownRun called(String other) {
    return new ShownRun(other, view, situation, control, folder, facts, notes, texts);
  }

  private static String nameOf(RunFolder folder) {
    return String.valueOf(folder.root().getFileName());
  }
}

package dev.kelpie.dashboard;

import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.RecordedRun;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A run that the page shows.
 *
 * @param name what people call it
 * @param view what can be seen of it
 * @param control what may be asked of it; empty for a recorded run
 * @param folder where its files lie
 * @param facts of the machine and the versions that run it, by name; empty when not known
 * @param notes what of its files is missing or torn, in sentences
 * @param texts what its tokens stand for
 */
public record ShownRun(
    String name,
    RunView view,
    Optional<RunControl> control,
    RunFolder folder,
    Map<String, String> facts,
    Supplier<List<String>> notes,
    TokenTexts texts) {
  public ShownRun {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /** A run of this process. */
  public static ShownRun live(
      RunView view,
      RunControl control,
      RunFolder folder,
      Map<String, String> facts,
      TokenTexts texts) {
    return new ShownRun(nameOf(folder), view, Optional.of(control), folder, facts, List::of, texts);
  }

  /** A run that ended, or that another process goes on with, as its folder tells it. */
  public static ShownRun recorded(RunFolder folder, TokenTexts texts) {
    RecordedRun history = RecordedRun.open(folder);
    return new ShownRun(
        nameOf(folder), history, Optional.empty(), folder, Map.of(), history::notes, texts);
  }

  private static String nameOf(RunFolder folder) {
    return String.valueOf(folder.root().getFileName());
  }
}

package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The recorded pairs of a run as JSON, with the samples that they are made of. */
final class PairPages {
  private static final int MOST_PAIRS = 500;

  private final RunFolder folder;
  private final PairFiles pairs;
  private final SampleFiles samples;
  private @Nullable ImplicitRewards rewards;

  PairPages(RunFolder folder, SampleFiles samples) {
    this.folder = folder;
    this.pairs = new PairFiles(folder.rollouts());
    this.samples = samples;
  }

  /** The beta, read anew until the run has written its experiment. */
  private synchronized ImplicitRewards rewards() {
    ImplicitRewards known = rewards;
    if (known == null || Double.isNaN(known.beta())) {
      known = ImplicitRewards.of(folder);
      rewards = known;
    }
    return known;
  }

  /**
   * The pairs of a step, briefly: {@code count}, {@code oldest} and {@code newest} of the steps
   * with pairs, {@code previous} and {@code next} of them, {@code beta}, {@code total}, {@code
   * compared} (those with implicit rewards), {@code wrong} (the wrong way round), {@code matched}
   * by the filter, {@code pairs} from {@code from} on, {@code problem} where the file cannot be
   * read. Without {@code step} it is the newest; {@code wrong=true} filters.
   */
  ObjectNode list(PageRequest request) throws IOException {
    ObjectNode page = Json.object();
    NavigableSet<Long> steps = pairs.steps();
    page.put("count", steps.size());
    if (steps.isEmpty()) {
      return page;
    }
    page.put("oldest", steps.first()).put("newest", steps.last());
    long step = (long) request.number("step", steps.last());
    page.put("step", step);
    put(page, "previous", steps.lower(step));
    put(page, "next", steps.higher(step));
    Json.put(page, "beta", rewards().beta());
    page.put("recorded", steps.contains(step));
    try {
      putPairs(page, step, request);
    } catch (CorruptFileException e) {
      page.put("problem", String.valueOf(e.getMessage()));
    }
    return page;
  }

  private static void put(ObjectNode page, String name, @Nullable Long step) {
    if (step != null) {
      page.put(name, step);
    }
  }

  private void putPairs(ObjectNode page, long step, PageRequest request) {
    List<TrainedPair> all = pairs.read(step);
    boolean onlyWrong = request.parameter("wrong").equals("true");
    List<Integer> matched = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (!onlyWrong || ImplicitRewards.isWrongWayRound(all.get(i))) {
        matched.add(i);
      }
    }
    page.put("total", all.size());
    page.put("compared", all.stream().filter(PairPages::isCompared).count());
    page.put("wrong", all.stream().filter(ImplicitRewards::isWrongWayRound).count());
    page.put("matched", matched.size());
    Function<TrainedPair.Side, Optional<Trajectory>> known = samplesOf(step);
    int from = (int) Math.max(0, Math.min(request.number("from", 0), matched.size()));
    int limit = (int) Math.max(1, Math.min(request.number("limit", MOST_PAIRS), MOST_PAIRS));
    ArrayNode shown = page.putArray("pairs");
    for (int i : matched.subList(from, Math.min(matched.size(), from + limit))) {
      PairJson.brief(shown.addObject(), i, all.get(i), rewards(), known);
    }
  }

  private static boolean isCompared(TrainedPair pair) {
    return !Double.isNaN(pair.chosen().logRatio() - pair.rejected().logRatio());
  }

  /** Whether a loss over pairs was trained in a step. */
  boolean has(long step) throws IOException {
    return pairs.steps().contains(step);
  }

  /** One pair in full; empty when the step has no such pair. */
  Optional<ObjectNode> one(long step, int number) {
    List<TrainedPair> all = pairs.read(step);
    if (number < 0 || number >= all.size()) {
      return Optional.empty();
    }
    ObjectNode node = Json.object().put("step", step);
    PairJson.whole(node, number, all.get(number), rewards(), samplesOf(step));
    return Optional.of(node);
  }

  /** Finds the samples of a step; none where their file cannot be read. */
  private Function<TrainedPair.Side, Optional<Trajectory>> samplesOf(long step) {
    ScoredGroups known;
    try {
      known = samples.read(step);
    } catch (RuntimeException e) {
      return side -> Optional.empty(); // the Samples view says why
    }
    return side -> known.sample(side.group(), side.sample());
  }
}

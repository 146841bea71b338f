package dev.kelpie.actors.simulation;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Score;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a simulated run. A response is a number that follows from its group, its place and
 * the weights, as a real one follows from them and the seed; so do its reward and the weights that
 * are trained on it.
 */
public final class SimulatedFiles {
  private final Map<String, Responses> units = new HashMap<>();

  /** The responses of one attempt at a unit. */
  public record Responses(RolloutUnit unit, PublishedWeights weights) {
    /** What a row says. */
    long row(int row) {
      int group = 0;
      int first = 0;
      while (row - first >= unit.groupSize(group)) {
        first += unit.groupSize(group++);
      }
      GroupId id = unit.groups().get(group);
      long text =
          mix(weights.weightsSha256().hashCode(), id.step() * 31 + id.purpose().name().hashCode());
      return mix(mix(text, id.index()), row - first);
    }
  }

  /** Writes the responses of a unit. */
  FileTicket write(String worker, RolloutUnit unit, PublishedWeights weights) {
    String path = "/simulated/" + worker + "/" + unit.id();
    units.put(path, new Responses(unit, weights));
    return new FileTicket(path, "", unit.rows(), hash(mix(unit.id().hashCode(), unit.rows())));
  }

  /** The responses in a file, if there is such a file. */
  public Optional<Responses> read(FileTicket file) {
    return Optional.ofNullable(units.get(file.path()));
  }

  /**
   * Rewards of the rows {@code from} (included) to {@code to} (excluded). Every other response has
   * the same one, so that some groups have no spread.
   */
  public static List<RewardOutcome> score(Responses responses, int from, int to) {
    List<RewardOutcome> outcomes = new ArrayList<>();
    for (int row = from; row < to; row++) {
      long text = responses.row(row);
      float value = (text & 1) == 0 ? 0.25f : (text >>> 40) / (float) (1 << 24);
      outcomes.add(new RewardOutcome.Scored(new Score(value, Map.of())));
    }
    return outcomes;
  }

  /** The hash of the weights that a step leads to. */
  static String trained(String before, long step, List<Responses> units) {
    long state = mix(before.hashCode(), step);
    for (Responses unit : units) {
      for (int row = 0; row < unit.unit().rows(); row++) {
        state = mix(state, unit.row(row));
      }
    }
    return hash(state);
  }

  /** Weights of a version. */
  static PublishedWeights weights(long version, String sha256, long bytes) {
    ChunkedTicket file = new ChunkedTicket("/simulated/weights/" + version, "", bytes, sha256);
    return new PublishedWeights("policy", new PolicyVersion(version), file, sha256);
  }

  /** The hash of the weights that a run starts from. */
  static String first() {
    return hash(0);
  }

  static long mix(long state, long value) {
    long z = (state ^ value * 0x9e3779b97f4a7c15L) + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static String hash(long value) {
    char[] text = new char[64];
    long state = value;
    for (int i = 0; i < text.length; i++) {
      if (i % 16 == 0) {
        state = mix(state, i);
      }
      text[i] = Character.forDigit((int) (state >>> (i % 16 * 4)) & 15, 16);
    }
    return new String(text);
  }
}

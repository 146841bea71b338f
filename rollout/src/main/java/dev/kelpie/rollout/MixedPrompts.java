package dev.kelpie.rollout;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The prompts of several files in fixed proportions. Each file is taken in its own order and begins
 * its own passes; which file a position belongs to depends on the weights and the seed alone, so
 * that any step can be drawn again.
 *
 * <p>The first file has the positions {@code p} where {@code floor(p s + o)} grows, {@code s} being
 * its share of all weights and {@code o} an offset in [0, 1) that the seed decides; the positions
 * that are left are dealt out among the other files likewise. So of any first n positions each file
 * has its share of n, to within the number of files. May be used from several threads.
 */
public final class MixedPrompts implements PromptSource {
  private static final int BITS = 30;
  private static final long ONE = 1L << BITS;

  /** Keeps these counters apart from those of sampling and of the order of rows. */
  private static final int MIX = 0x80000003;

  private final List<Part> parts;

  /** Of each part but the last: its share of the weights from it on, in units of 2^-30. */
  private final long[] shares;

  private final long[] offsets;

  /**
   * A file.
   *
   * @param name precedes the ids of its prompts; empty: they stay what they are
   * @param weight its prompts for each prompt of a file of weight 1
   */
  public record Part(String name, JsonlPromptSource prompts, double weight) {}

  /** Where a position lies: a file and a position in its own sequence of passes. */
  record Place(int part, long position) {}

  /** The prompts of {@code parts}, at least one. */
  public MixedPrompts(List<Part> parts, long seed) {
    this(parts, parts.stream().map(Part::weight).toList(), seed);
  }

  /** For tests: of {@code weights.size()} files. */
  MixedPrompts(List<Part> parts, List<Double> weights, long seed) {
    this.parts = List.copyOf(parts);
    this.shares = new long[weights.size() - 1];
    this.offsets = new long[weights.size() - 1];
    double left = weights.stream().mapToDouble(Double::doubleValue).sum();
    for (int k = 0; k < shares.length; k++) {
      shares[k] = Math.max(1, Math.min(ONE - 1, Math.round(weights.get(k) / left * ONE)));
      left -= weights.get(k);
      int[] bits = Philox.block(k, 0, 0, MIX, (int) seed, (int) (seed >>> 32));
      offsets[k] = Integer.toUnsignedLong(bits[0]) >>> (32 - BITS);
    }
  }

  /** The file of {@code position}, and its position there. */
  Place place(long position) {
    long rest = position;
    for (int k = 0; k < shares.length; k++) {
      long before = before(k, rest);
      if (before(k, rest + 1) > before) {
        return new Place(k, before);
      }
      rest -= before;
    }
    return new Place(shares.length, rest);
  }

  /** Positions below {@code position} that file {@code k} has of those that reach it. */
  private long before(int k, long position) {
    return Math.addExact(Math.multiplyExact(position, shares[k]), offsets[k]) >> BITS;
  }

  /** Rows of all files. */
  @Override
  public long size() {
    return parts.stream().mapToLong(part -> part.prompts().size()).sum();
  }

  @Override
  public Prompt at(long position) {
    Place place = place(position);
    Part part = parts.get(place.part());
    Prompt prompt = part.prompts().at(place.position());
    return part.name().isEmpty() ? prompt : prompt.withId(part.name() + "/" + prompt.id());
  }

  /** An upper bound of the bytes of the prompt at {@code position} in a message. */
  public int mostBytes(long position) {
    Place place = place(position);
    Part part = parts.get(place.part());
    return part.prompts().mostBytes(place.position()) + 4 * part.name().length() + 4;
  }

  /** The same for the largest prompt. */
  public int mostBytesOfAll() {
    List<Integer> largest = new ArrayList<>();
    parts.forEach(
        part -> largest.add(part.prompts().mostBytesOfAll() + 4 * part.name().length() + 4));
    return largest.stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /** Share of the prompts that file {@code k} has, in [0, 1]. */
  public double share(int k) {
    double all = parts.stream().mapToDouble(Part::weight).sum();
    return parts.get(k).weight() / all;
  }
}

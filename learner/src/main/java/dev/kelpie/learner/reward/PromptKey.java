package dev.kelpie.learner.reward;

import dev.kelpie.experience.TokenIds;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a prompt is known by: the first half of a SHA-256 of the run's seed and its tokens. */
public record PromptKey(long high, long low) implements Comparable<PromptKey> {
  /** The key of {@code prompt}. */
  public static PromptKey of(TokenIds prompt, long seed) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Long.toString(seed).getBytes(StandardCharsets.UTF_8));
      for (int id : prompt.toArray()) {
        digest.update((byte) ' ');
        digest.update(Integer.toString(id).getBytes(StandardCharsets.UTF_8));
      }
      ByteBuffer hash = ByteBuffer.wrap(digest.digest());
      return new PromptKey(hash.getLong(), hash.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Those that are held out, the first ones: a share of all, at least one if it is above 0. */
  public static Set<PromptKey> heldOut(Collection<PromptKey> prompts, double share) {
    List<PromptKey> sorted = new ArrayList<>(new LinkedHashSet<>(prompts));
    int count = share == 0 ? 0 : (int) Math.max(1, Math.round(share * sorted.size()));
    sorted.sort(Comparator.naturalOrder());
    return new LinkedHashSet<>(sorted.subList(0, count));
  }

  @Override
  public int compareTo(PromptKey other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }
}

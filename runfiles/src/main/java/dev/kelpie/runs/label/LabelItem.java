package dev.kelpie.runs.label;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.wire.file.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/**
 * What a person is asked about, with what the run itself says of it.
 *
 * @param prompt the text given to the model
 * @param responses the texts, the first response first
 * @param rewards the run's own, in the same order
 * @param probability the run's own label: probability that the first response is better; NaN
 *     without one
 */
public record LabelItem(
    ItemKey key,
    String promptId,
    String prompt,
    List<String> responses,
    List<Double> rewards,
    double probability) {
  private static final int HASH_DIGITS = 16;

  public LabelItem {
    responses = List.copyOf(responses);
    rewards = List.copyOf(rewards);
  }

  /** Two responses to one prompt; the one of the lower number is the first. */
  public static LabelItem pair(
      ScoredTrajectory one, ScoredTrajectory other, double probabilityOfOne) {
    if (one.trajectory().id().sample() > other.trajectory().id().sample()) {
      return pair(other, one, 1 - probabilityOfOne);
    }
    return of(List.of(one, other), probabilityOfOne);
  }

  /** One response. */
  static LabelItem single(ScoredTrajectory one) {
    return of(List.of(one), Double.NaN);
  }

  private static LabelItem of(List<ScoredTrajectory> shown, double probability) {
    Trajectory first = shown.get(0).trajectory();
    List<String> texts = shown.stream().map(one -> one.trajectory().text()).toList();
    int second = shown.size() == 1 ? ItemKey.NONE : shown.get(1).trajectory().id().sample();
    ItemKey key =
        new ItemKey(
            first.id().group().step(),
            first.id().group().index(),
            first.id().sample(),
            second,
            hash(first.prompt().text(), texts));
    return new LabelItem(
        key,
        first.prompt().id(),
        first.prompt().text(),
        texts,
        shown.stream().map(one -> (double) one.reward()).toList(),
        probability);
  }

  /** Each text with its length before it, so that none runs into the next. */
  static String hash(String prompt, List<String> responses) {
    MessageDigest digest = Sha256.digest();
    update(digest, prompt);
    responses.forEach(text -> update(digest, text));
    return Sha256.hex(digest).substring(0, HASH_DIGITS);
  }

  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }
}

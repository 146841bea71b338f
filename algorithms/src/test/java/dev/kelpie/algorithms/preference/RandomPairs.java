package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.tensors.TrainingScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Random pairs with everything that any loss may need; the same each time. */
public final class RandomPairs {
  public static final int PAIRS = 6;
  private static final int TOKENS = 5;

  /** Losses of some pairs, with the gradient of their sum by the policy's arrays, chosen first. */
  public static final class Outcome {
    private final double[] losses;
    private final double[] gradient;

    Outcome(double[] losses, double[] gradient) {
      this.losses = losses;
      this.gradient = gradient;
    }

    public double[] losses() {
      return losses;
    }

    public double[] gradient() {
      return gradient;
    }
  }

  private final DataType type;
  private final double[][] chosenMask = new double[PAIRS][TOKENS];
  private final double[][] rejectedMask = new double[PAIRS][TOKENS];
  private final List<double[][]> logprobs = new ArrayList<>();
  private final Map<PairColumn, double[][]> columns = new EnumMap<>(PairColumn.class);

  public RandomPairs(long seed, DataType type) {
    this.type = type;
    Random random = new Random(seed);
    for (int n = 0; n < PAIRS; n++) {
      Arrays.fill(chosenMask[n], 0, 1 + random.nextInt(TOKENS), 1);
      Arrays.fill(rejectedMask[n], 0, 1 + random.nextInt(TOKENS), 1);
    }
    for (int i = 0; i < 4; i++) {
      logprobs.add(numbers(random, -2));
    }
    for (PairColumn column : PairColumn.values()) {
      columns.put(column, column == PairColumn.GOLD_MASK ? chosenMask : numbers(random, column));
    }
  }

  private static double[][] numbers(Random random, PairColumn column) {
    boolean positive = column.name().startsWith("KL") || column.name().startsWith("TOKEN");
    return numbers(random, positive ? 0.1 : -2);
  }

  private static double[][] numbers(Random random, double from) {
    return IntStream.range(0, PAIRS)
        .mapToObj(n -> random.doubles(TOKENS, from, from + 1).toArray())
        .toArray(double[][]::new);
  }

  /** Certain labels of weight 1 without margin, with targets of level 1 and 2. */
  public PairLabels labels(TrainingScope scope, int from, int to) {
    NDArray like = Masked.lengths(array(scope, chosenMask, from, to)).onesLike(); // [N, 1]
    return PairLabels.hard(like).withTargets(like, like.add(1));
  }

  /** The pairs [from, to), without labels. */
  public PairBatch batch(TrainingScope scope, int from, int to) {
    PairBatch batch =
        new PairBatch(
            scope.leaf(array(scope, logprobs.get(0), from, to)),
            scope.leaf(array(scope, logprobs.get(1), from, to)),
            array(scope, logprobs.get(2), from, to),
            array(scope, logprobs.get(3), from, to),
            array(scope, chosenMask, from, to),
            array(scope, rejectedMask, from, to));
    for (Map.Entry<PairColumn, double[][]> column : columns.entrySet()) {
      batch = batch.with(column.getKey(), array(scope, column.getValue(), from, to));
    }
    return batch;
  }

  /** The same with the sides, and everything of theirs, exchanged. */
  public static PairBatch swapped(PairBatch batch) {
    PairBatch swapped =
        new PairBatch(
            batch.policyRejected(),
            batch.policyChosen(),
            batch.referenceRejected(),
            batch.referenceChosen(),
            batch.rejectedMask(),
            batch.chosenMask());
    for (PairColumn column : batch.columns().keySet()) {
      String name = column.name();
      String other =
          name.contains("CHOSEN")
              ? name.replace("CHOSEN", "REJECTED")
              : name.replace("REJECTED", "CHOSEN");
      swapped = swapped.with(column, batch.get(PairColumn.valueOf(other)));
    }
    return swapped;
  }

  /** The losses of {@code batch} and the gradient of their sum. */
  public static Outcome outcome(TrainingScope scope, PreferenceLoss loss, PairBatch batch) {
    NDArray losses = loss.evaluate(batch).values(); // [N, 1]
    List<NDArray> leaves = List.of(batch.policyChosen(), batch.policyRejected());
    // A loss of constants, such as a likelihood that the learner adds, has no gradient of its own.
    NDArray sum =
        losses.sum().add(mul(leaves.get(0).sum(), 0)).add(mul(leaves.get(1).sum(), 0)); // []
    double[] gradient =
        scope.gradients(sum, leaves).stream()
            .flatMapToDouble(part -> DoubleStream.of(doubles(part)))
            .toArray();
    return new Outcome(doubles(losses), gradient);
  }

  public static double[] doubles(NDArray array) {
    return array.toType(DataType.FLOAT64, false).toDoubleArray();
  }

  private NDArray array(TrainingScope scope, double[][] all, int from, int to) {
    return scope.manager().create(Arrays.copyOfRange(all, from, to)).toType(type, false);
  }
}

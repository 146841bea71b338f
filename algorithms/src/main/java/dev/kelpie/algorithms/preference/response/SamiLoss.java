package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Optional;

/**
 * SAMI: a bound on the mutual information of responses and the principles in their prompts. With
 * the matrix S of mean log-probabilities per token, S[i, j] of response j under principles i, half
 * the cross-entropy of each row and of each column with its diagonal.
 *
 * <p>Fraenken et al. 2024, https://arxiv.org/abs/2404.14313, as the authors' code has it. A group
 * is a matrix: its n^2 rows lie in the order of principles, then responses; response i was drawn
 * under principles i. The mean over rows is the mean over matrices of their loss. The same
 * principles twice give log 2.
 */
public record SamiLoss(Options options) implements ResponseLoss {
  public record Options(
      @Doc("columns of the data with the principles, one for each response of a group")
          List<String> principles,
      @Doc("text between the principles and the prompt") String after) {
    public static final Options DEFAULTS = new Options(List.of(), "\n");

    public Options {
      principles = List.copyOf(principles);
    }
  }

  @Override
  public Optional<Principles> principles() {
    return Optional.of(new Principles(options.principles, options.after));
  }

  @Override
  public LossUnit unit() {
    return LossUnit.GROUP;
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray mean = Masked.rowMean(batch.policy(), batch.mask()); // [N, 1]
    NDArray losses = GroupRows.map(mean, batch, SamiLoss::matrix); // [N, 1]
    return ResponseValues.of(losses.mul(batch.labels().weight()), 1, mean);
  }

  private static NDArray matrix(NDArray means) {
    int rows = (int) means.getShape().get(0);
    int n = (int) Math.round(Math.sqrt(rows));
    Require.that(
        n * n == rows && n > 1,
        "sami: a group of %s rows (expected: n^2 of n principles and n responses, n > 1)",
        rows);
    NDArray matrix = means.reshape(n, n); // [n, n]
    NDArray byRow = matrix.sub(GroupRows.logSumExp(matrix, 1)); // [n, n]
    NDArray byColumn = matrix.sub(GroupRows.logSumExp(matrix, 0)); // [n, n]
    NDArray diagonal = matrix.getManager().eye(n).toType(matrix.getDataType(), false); // [n, n]
    return mul(byRow.add(byColumn).mul(diagonal), -n / 2.0).reshape(rows, 1); // [n n, 1]
  }
}

package dev.kelpie.algorithms.score;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Set;
import java.util.function.Function;

/**
 * All losses of reward models, by the name that {@code reward-model.loss.type} gives:
 *
 * <ul>
 *   <li>bradley-terry: {@code -ls(c - r - margin)}, see {@link RewardModelLoss#bradleyTerry}
 *   <li>soft: {@code -p ls(c - r) - (1 - p) ls(r - c)}, see {@link RewardModelLoss#soft}
 *   <li>absolute: {@code -ls(c - r) - ls(c) - ls(-r)}, see {@link RewardModelLoss#absolute}
 *   <li>general-preference: {@code -ls(v_c^T R v_r / tau)}, see {@link GeneralPreference}
 *   <li>pal: {@code -ls(|v_r - a_u|^2 - |v_c - a_u|^2)} of the user u, see {@link IdealPoints}
 *   <li>vpl: {@code -ls(r(v_c, z_u) - r(v_r, z_u)) + kl-coef KL}, see {@link LatentUsers}
 * </ul>
 *
 * Each of the first three adds {@code center-coef (c + r)^2}; c is the reward of the chosen
 * response, r that of the rejected one, ls the log-sigmoid.
 */
public final class ScoreLosses {
  private ScoreLosses() {}

  record BradleyTerryOptions(
      @Doc("number that the rewards of a pair are to differ by") double margin,
      @Doc("column with the margin of each pair; empty: margin for all") String marginColumn,
      @Doc("factor of the squared sum of a pair's rewards, which keeps them around 0")
          double centerCoef) {
    static final BradleyTerryOptions DEFAULTS = new BradleyTerryOptions(0, "", 0);

    BradleyTerryOptions {
      Require.that(Double.isFinite(margin), "margin: %s (expected: a finite number)", margin);
      Require.atLeast("center-coef", centerCoef, 0.0);
      Require.that(
          marginColumn.isEmpty() || margin == 0,
          "margin: %s (expected: no value, because of margin-column = %s)",
          margin,
          marginColumn);
    }
  }

  record SoftOptions(
      @Doc("probability that the chosen response is the better one") double label,
      @Doc("column with the probability of each pair; empty: label for all") String labelColumn,
      @Doc("factor of the squared sum of a pair's rewards, which keeps them around 0")
          double centerCoef) {
    static final SoftOptions DEFAULTS = new SoftOptions(0.9, "", 0);

    SoftOptions {
      Require.within("label", label, 0, 1);
      Require.atLeast("center-coef", centerCoef, 0.0);
      Require.that(
          labelColumn.isEmpty() || label == 0.9,
          "label: %s (expected: no value, because of label-column = %s)",
          label,
          labelColumn);
    }
  }

  record AbsoluteOptions(
      @Doc("factor of the squared sum of a pair's rewards, which keeps them around 0")
          double centerCoef) {
    static final AbsoluteOptions DEFAULTS = new AbsoluteOptions(0);

    AbsoluteOptions {
      Require.atLeast("center-coef", centerCoef, 0.0);
    }
  }

  private record BradleyTerry(BradleyTerryOptions options) implements ScoreLoss {
    @Override
    public Set<String> columns() {
      return options.marginColumn.isEmpty() ? Set.of() : Set.of(options.marginColumn);
    }

    @Override
    public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column) {
      if (options.margin == 0 && options.marginColumn.isEmpty()) {
        return RewardModelLoss.bradleyTerry(chosen, rejected, null, options.centerCoef);
      }
      NDArray margin =
          options.marginColumn.isEmpty()
              ? mul(chosen.onesLike(), (float) options.margin)
              : column.apply(options.marginColumn); // [N, 1]
      return RewardModelLoss.bradleyTerry(chosen, rejected, margin, options.centerCoef);
    }
  }

  private record Soft(SoftOptions options) implements ScoreLoss {
    @Override
    public Set<String> columns() {
      return options.labelColumn.isEmpty() ? Set.of() : Set.of(options.labelColumn);
    }

    @Override
    public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column) {
      NDArray label =
          options.labelColumn.isEmpty()
              ? mul(chosen.onesLike(), (float) options.label)
              : column.apply(options.labelColumn); // [N, 1]
      return RewardModelLoss.soft(chosen, rejected, label, options.centerCoef);
    }

    @Override
    public String expectation(String column, double value) {
      return value >= 0 && value <= 1 ? "" : "a probability in [0, 1]";
    }
  }

  private record Absolute(AbsoluteOptions options) implements ScoreLoss {
    @Override
    public Set<String> columns() {
      return Set.of();
    }

    @Override
    public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column) {
      return RewardModelLoss.absolute(chosen, rejected, options.centerCoef);
    }
  }

  /**
   * The loss that {@code reward-model.loss} names; bradley-terry where it has no type.
   *
   * @throws dev.kelpie.config.ConfigException if the type is unknown or an option is wrong
   */
  public static ScoreLoss of(ConfigBlock block) {
    return block.values().containsKey("type")
        ? catalog().create(block)
        : catalog().create("bradley-terry", block);
  }

  /** The catalog. */
  public static Catalog<ScoreLoss> catalog() {
    return Catalog.<ScoreLoss>of("loss")
        .add("bradley-terry", BradleyTerryOptions.DEFAULTS, BradleyTerry::new)
        .add("soft", SoftOptions.DEFAULTS, Soft::new)
        .add("absolute", AbsoluteOptions.DEFAULTS, Absolute::new)
        .add("general-preference", GeneralPreference.Options.DEFAULTS, GeneralPreference::new)
        .add("pal", IdealPoints.Options.DEFAULTS, IdealPoints::new)
        .add("vpl", LatentUsers.Options.DEFAULTS, LatentUsers::new);
  }
}

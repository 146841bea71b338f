package dev.kelpie.algorithms.label;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.people.PeopleOptions;

/** All labels, by the name that {@code algorithm.label.type} gives. */
public final class Labels {
  private Labels() {}

  public static Catalog<LabelRule> catalog() {
    return Catalog.<LabelRule>of("label")
        .add("hard", new ConstantLabel(ConstantLabel.Options.DEFAULTS))
        .add("constant", ConstantLabel.Options.DEFAULTS, ConstantLabel::new)
        .add("scores", ScoresLabel.Options.DEFAULTS, ScoresLabel::new)
        .add("winner", new WinnerLabel())
        .add("levels", LevelsLabel.Options.DEFAULTS, LevelsLabel::new)
        .add(
            "logit",
            RegressionLabel.Options.DEFAULTS,
            options -> new RegressionLabel(RegressionLabel.Form.LOGIT, options))
        .add(
            "linear",
            RegressionLabel.Options.DEFAULTS,
            options -> new RegressionLabel(RegressionLabel.Form.LINEAR, options))
        .add("win-rate", WinRateLabel.Options.DEFAULTS, WinRateLabel::new)
        .add("votes", VotesLabel.Options.DEFAULTS, VotesLabel::new)
        .add("compared", ComparisonLabel.Options.DEFAULTS, ComparisonLabel::new)
        .add(PeopleOptions.TYPE, PeopleOptions.DEFAULTS, PeopleLabel::new)
        .add("log-ratio", LogRatioLabel.Options.DEFAULTS, LogRatioLabel::new)
        .add("agreement", AgreementLabel.Options.DEFAULTS, AgreementLabel::new);
  }
}

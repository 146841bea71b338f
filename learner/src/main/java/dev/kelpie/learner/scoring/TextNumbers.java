package dev.kelpie.learner.scoring;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.tensors.InferenceScope;
import java.util.function.BiConsumer;

/** Numbers of whole texts, made of a model's last hidden states. */
final class TextNumbers {
  private final CausalLm model;
  private final float[] head; // [labels x D], row-major; empty without a score head

  TextNumbers(CausalLm model) {
    this.model = model;
    this.head =
        model.config().labels() > 0
            ? model.parameters().values(ParameterLayout.SCORE)
            : new float[0];
  }

  /**
   * What a score head gives to each row, whose last token is not part of the text: one number, or
   * those that it is the sum of.
   *
   * @param index which output
   */
  void scores(Microbatch batch, Measure measure, int index, BiConsumer<Integer, PerToken> sink) {
    if (measure == Measure.SCORE_TERMS) {
      terms(batch, index, sink);
      return;
    }
    outputs(
        batch,
        (row, outputs) -> {
          double number =
              measure == Measure.PROBABILITY ? probability(outputs, index) : outputs[index];
          sink.accept(row, PerToken.of((float) number));
        });
  }

  private void terms(Microbatch batch, int index, BiConsumer<Integer, PerToken> sink) {
    int width = model.config().hiddenSize();
    float[] states = lastStates(batch);
    for (int b = 0; b < batch.rows().size(); b++) {
      float[] terms = new float[width];
      for (int d = 0; d < width; d++) {
        terms[d] = states[b * width + d] * head[index * width + d];
      }
      sink.accept(batch.rows().get(b), PerToken.of(terms));
    }
  }

  /** All numbers that a score head gives to each row, likewise. */
  void outputs(Microbatch batch, BiConsumer<Integer, double[]> sink) {
    int width = model.config().hiddenSize();
    int labels = head.length / width;
    float[] states = lastStates(batch);
    for (int b = 0; b < batch.rows().size(); b++) {
      double[] outputs = new double[labels];
      for (int label = 0; label < labels; label++) {
        for (int d = 0; d < width; d++) {
          outputs[label] += (double) states[b * width + d] * head[label * width + d];
        }
      }
      sink.accept(batch.rows().get(b), outputs);
    }
  }

  private float[] lastStates(Microbatch batch) {
    try (InferenceScope scope = InferenceScope.open()) {
      return model.statesBeforeLast(batch.sequences(), scope).toFloatArray(); // [B x D]
    }
  }

  /** Softmax among several outputs, the sigmoid of a single one. */
  static double probability(double[] outputs, int index) {
    double others = outputs.length == 1 ? Math.exp(-outputs[0]) : 0;
    for (int label = 0; label < outputs.length; label++) {
      others += label == index ? 0 : Math.exp(outputs[label] - outputs[index]);
    }
    return 1 / (1 + others);
  }

  /** The mean state of each row, whose last token is not part of the text. */
  void states(Microbatch batch, BiConsumer<Integer, PerToken> sink) {
    SequenceBatch sequences = batch.sequences();
    int width = model.config().hiddenSize();
    float[] states;
    try (InferenceScope scope = InferenceScope.open()) {
      states = model.nextTokens(sequences, scope).states().toFloatArray(); // [M x D]
    }
    int from = 0;
    for (int b = 0; b < batch.rows().size(); b++) {
      int tokens = sequences.rows().get(b).response().length();
      float[] mean = new float[width];
      for (int d = 0; d < width; d++) {
        double sum = 0;
        for (int t = 0; t < tokens; t++) {
          sum += states[(from + t) * width + d];
        }
        mean[d] = (float) (sum / tokens);
      }
      from += tokens;
      sink.accept(batch.rows().get(b), PerToken.of(mean));
    }
  }
}

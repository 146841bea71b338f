package dev.kelpie.learner.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What judges read, with the toy policy's digits and with words of a byte-level vocabulary. */
class ChoiceTextsTest {
  private static final Path DIGITS = Path.of("../configs/quickstart/policy");
  private static final Path WORDS = Path.of("../rollout/src/test/resources/trl");
  private static final int POSITIONS = 64;
  private static final ScoreRequest PAIRS =
      ScoreRequest.ofChoices("it", "me", "{prompt}{first}?{second}?", List.of("1", "2"));

  private final Tokenizer digits = Tokenizer.open(DIGITS);
  private final Tokenizer words = Tokenizer.open(WORDS);

  @AfterEach
  void close() {
    digits.close();
    words.close();
  }

  private static Trajectory response(int group, int sample, String text) {
    return new Trajectory(
        new SampleId(new GroupId(Purpose.ROLLOUT, 1, group), sample, 0),
        new Prompt("p" + group, group + "+1?", TokenIds.of(1), Optional.of("4"), Map.of()),
        TokenIds.of(3),
        text,
        PerToken.of(0),
        PerToken.of(0),
        TokenVersions.uniform(new PolicyVersion(0), 1),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 20, false));
  }

  private Map<SampleId, PerToken> scores(ScoreRequest request, List<Trajectory> responses) {
    try (NativeThread thread = NativeThread.start("choices-test", 1)) {
      return thread.call(
          () -> {
            ModelSource source = new ModelSource(ModelSource.Kind.CHECKPOINT, DIGITS.toString());
            try (ScoringModel model =
                ScoringModel.open(Experiment.DEFAULTS, source, Optional.empty())) {
              ScoredTexts texts =
                  new ScoredTexts(
                      Optional.of(digits), Optional.empty(), false, false, Optional.empty());
              ChoiceTexts asked = new ChoiceTexts(request, responses, texts, "", POSITIONS);
              float[] numbers = asked.room();
              model.score(
                  asked.items(),
                  1,
                  Measure.LOGPROB,
                  true,
                  row -> false,
                  (row, number) -> numbers[row] = number.get(0));
              return asked.bySample(numbers);
            }
          });
    }
  }

  @Test
  void howAStepIsSplitIntoUnitsChangesNoBit() {
    List<Trajectory> step = new ArrayList<>();
    for (int group = 0; group < 3; group++) {
      for (int sample = 0; sample < 3; sample++) {
        step.add(response(group, sample, "1".repeat(1 + 3 * sample + group)));
      }
    }
    Map<SampleId, PerToken> whole = scores(PAIRS, step);
    Map<SampleId, PerToken> last = scores(PAIRS, step.subList(6, 9));
    for (Trajectory response : step) {
      PerToken own = Objects.requireNonNull(whole.get(response.id()));
      assertThat(own.length()).isEqualTo(2 * 2); // two others, two choices
      for (float number : own.toArray()) {
        assertThat(number).isNegative();
      }
      if (response.id().group().index() == 2) {
        assertThat(last.get(response.id())).isEqualTo(own);
      }
    }
  }

  @Test
  void numbersStandInTheOrderOfTheOthersAndOfTheChoices() {
    List<Trajectory> group =
        List.of(response(0, 0, "12"), response(0, 1, "7"), response(0, 2, "345"));
    PerToken second = Objects.requireNonNull(scores(PAIRS, group).get(group.get(1).id()));
    for (int other : new int[] {0, 2}) {
      String text = "{prompt}7?" + group.get(other).text() + "?";
      ScoreRequest alone = ScoreRequest.ofChoices("one", "me", text, List.of("2", "1"));
      PerToken both = Objects.requireNonNull(scores(alone, group).get(group.get(1).id()));
      assertThat(both.length()).isEqualTo(2);
      int place = other == 0 ? 0 : 2;
      assertThat(second.get(place)).isCloseTo(both.get(1), within(1e-5f));
      assertThat(second.get(place + 1)).isCloseTo(both.get(0), within(1e-5f));
    }
  }

  @Test
  void equalTextsAndThoseBeyondThePositionsAreNoNumbers() {
    List<Trajectory> group =
        List.of(response(0, 0, "1"), response(0, 1, "1"), response(0, 2, "2".repeat(60)));
    Map<SampleId, PerToken> scores = scores(PAIRS, group);
    assertThat(scores.values())
        .allSatisfy(own -> assertThat(own).isEqualTo(PerToken.constant(Float.NaN, 4)));
    // The token that begins a text, 4 of the prompt, 1, ?, 55 and ? are 63; with a choice 64.
    List<Trajectory> fitting = List.of(response(0, 0, "1"), response(0, 1, "2".repeat(55)));
    assertThat(Objects.requireNonNull(scores(PAIRS, fitting).get(fitting.get(0).id())).get(0))
        .isNegative();
    List<Trajectory> longer = List.of(response(0, 0, "1"), response(0, 1, "2".repeat(56)));
    assertThat(Objects.requireNonNull(scores(PAIRS, longer).get(longer.get(0).id())).get(0))
        .isNaN();
  }

  @Test
  void aBlankThatEndsTheTextGoesInFrontOfTheChoices() {
    Trajectory response = response(0, 0, "x");
    ScoredTexts texts =
        new ScoredTexts(Optional.of(words), Optional.empty(), false, false, Optional.empty());
    ScoreRequest blank = ScoreRequest.ofChoices("it", "me", "{response} is: ", List.of("A", "I"));
    assertThat(texts.asked(blank, response, response, "")).isEqualTo(words.encode("x is:", true));
    List<TokenIds> tokens = ChoiceTokens.of(blank, words, false);
    assertThat(tokens).extracting(token -> words.decode(token, false)).containsExactly(" A", " I");
    ScoreRequest plain = ScoreRequest.ofChoices("it", "me", "{response} is:", List.of("A", "I"));
    assertThat(texts.asked(plain, response, response, "")).isEqualTo(words.encode("x is:", true));
    assertThat(ChoiceTokens.of(plain, words, false))
        .containsExactly(words.encode("A", false), words.encode("I", false));
  }

  @Test
  void aChatTemplateRendersTheTextAsAMessageOfTheUser() {
    ChatTemplate template =
        ChatTemplate.of(
            "t", "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<a>", Map.of());
    ScoredTexts texts =
        new ScoredTexts(Optional.of(words), Optional.empty(), false, true, Optional.of(template));
    ScoreRequest request = ScoreRequest.ofChoices("it", "me", "{response}? ", List.of("A", "B"));
    Trajectory response = response(0, 0, "x");
    assertThat(texts.asked(request, response, response, ""))
        .isEqualTo(words.encode("<user>x?<a>", false));
    assertThat(ChoiceTokens.of(request, words, true)).contains(words.encode("A", false));
  }

  @Test
  void choicesOfSeveralTokensOrOfTheSameOneAreRefused() {
    for (String choice : List.of("Absolutely not", "\u00e4")) {
      ScoreRequest request = ScoreRequest.ofChoices("it", "me", "{response}", List.of("A", choice));
      assertThatThrownBy(() -> ChoiceTokens.of(request, words, false))
          .hasMessageStartingWith(choice + " is ")
          .hasMessageContaining("tokens of the policy (expected: choices of one token each");
    }
    ScoreRequest strange = ScoreRequest.ofChoices("it", "me", "{response}", List.of("1", "A"));
    assertThatThrownBy(() -> ChoiceTokens.of(strange, digits, false))
        .hasMessageStartingWith("A is no token of its own of the policy");
  }
}

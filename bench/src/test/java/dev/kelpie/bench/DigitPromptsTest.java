package dev.kelpie.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DigitPromptsTest {
  private static final Path POLICY = Path.of("../configs/quickstart/policy");

  @Test
  void digitsAreThoseOfPython() {
    // random.seed(0); "".join(random.choice("0123456789") for _ in range(40))
    String python = "6604876475938242194892411578156593877840";
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      DigitPrompts prompts = new DigitPrompts(tokenizer, 20, 0);

      assertThat(prompts.at(1).text()).isEqualTo(python.substring(20));
      assertThat(prompts.at(0).text()).isEqualTo(python.substring(0, 20));
      assertThat(prompts.at(0).tokens().length()).isEqualTo(20);
    }
  }
}

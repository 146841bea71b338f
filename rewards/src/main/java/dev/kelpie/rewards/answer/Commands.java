package dev.kelpie.rewards.answer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The commands of TeX and the words that mean something in an answer. */
final class Commands {
  /** Commands that are signs. */
  private static final Map<String, String> SIGNS = new HashMap<>();

  /** Commands that only change how things look. */
  static final Set<String> INVISIBLE =
      words(
          "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle"
              + " displaystyle textstyle scriptstyle limits nolimits quad qquad thinspace enspace"
              + " medspace thickspace rm bf it sf tt mathstrut ensuremath mathbf mathit mathsf"
              + " mathtt boldsymbol bm pmb boxed fbox strut nobreak allowbreak hfill noindent"
              + " therefore because angle triangle large Large small"
              + " normalsize");

  /** Commands whose argument is text. */
  static final Set<String> TEXT =
      words(
          "text textbf textit textrm textnormal texttt textsf textup mbox hbox mathrm"
              + " operatorname unit si emph underline");

  /** Commands that are left out with their argument. */
  static final Set<String> LEFT_OUT = words("color textcolor hspace vspace label tag phantom");

  /** Commands of one argument that read a number. */
  static final Set<String> FUNCTIONS =
      words(
          "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln log lg exp max min gcd"
              + " lcm abs");

  /** Functions whose names are also words or units behind a number: minutes, points. */
  static final Set<String> LIKE_WORDS = words("exp max min");

  /** Functions that are named in words and are not supported. */
  static final Set<String> OPERATORS =
      words(
          "erf erfc sgn sign lim mod det arg dim ker sup deg gcf hcf arcsec arccsc arccot sech csch"
              + " coth arcsinh arccosh arctanh argmax argmin");

  /** Letters and constants. */
  static final Set<String> LETTERS =
      words(
          "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu"
              + " nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda"
              + " Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath");

  /** Forms that are listed as unsupported. */
  static final Set<String> UNSUPPORTED =
      words(
          "implies Rightarrow int iint iiint oint sum prod lim limsup liminf partial nabla mod pmod"
              + " bmod equiv forall exists land lor lnot neg mid ldots cdots dots vdots ddots dotsc"
              + " dotsb overline bar hat vec overrightarrow tilde dagger otimes oplus det Re Im arg"
              + " tr rank sim cong parallel perp to rightarrow mapsto subset subseteq supset notin"
              + " begin:cases begin:aligned begin:align begin:align* begin:gathered begin:vmatrix"
              + " mathbb mathcal");

  static {
    sign("*", "times cdot ast cdotp bullet");
    sign("/", "div slash");
    sign("<=", "le leq leqslant leqq");
    sign(">=", "ge geq geqslant geqq");
    sign("<", "lt");
    sign(">", "gt");
    sign("!=", "ne neq");
    sign("~", "approx approxeq simeq doteq");
    sign("+-", "pm");
    sign("-+", "mp");
    sign("\\{", "lbrace");
    sign("\\}", "rbrace");
    sign("[", "lbrack");
    sign("]", "rbrack");
    sign("(", "langle lparen");
    sign(")", "rangle rparen");
    sign("|", "vert lvert rvert");
    sign(":", "colon ratio");
    sign("'", "prime");
    sign("%", "percent");
    sign("$", "pounds euro dollar textdollar");
  }

  private Commands() {}

  private static void sign(String sign, String names) {
    words(names).forEach(name -> SIGNS.put(name, sign));
  }

  private static Set<String> words(String names) {
    return Set.of(names.split(" "));
  }

  /** The sign that a command stands for, or the empty text. */
  static String sign(String name) {
    return SIGNS.getOrDefault(name, "");
  }

  /** One name for each of several commands of one meaning. */
  static String name(String name) {
    return switch (name) {
      case "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac" -> "frac";
      case "dbinom", "tbinom" -> "binom";
      case "circ" -> "degree";
      case "varnothing", "O" -> "emptyset";
      case "arcsine", "asin" -> "arcsin";
      case "acos" -> "arccos";
      case "atan" -> "arctan";
      case "lg" -> "log";
      default -> name;
    };
  }
}

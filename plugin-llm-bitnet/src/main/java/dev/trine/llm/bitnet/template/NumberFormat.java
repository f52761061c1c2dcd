/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers in the notations of Python's format strings. */
final class NumberFormat {

  /** Digits after the point; a double has at most 1,074 that are not zero. */
  private static final int MAX_PRECISION = 2_000;

  private NumberFormat() {}

  /** A precision that was given (not negative) or its default. */
  static int precision(long given, int fallback) {
    if (given > MAX_PRECISION) {
      throw new TemplateFailure("precision too big");
    }
    return given < 0 ? fallback : (int) given;
  }

  /** The number that {@code %d} shows: a float loses its fraction. */
  static BigInteger truncated(Value value, char conversion) {
    if (value instanceof Value.Real real) {
      return wholePart(real.value());
    }
    if (value instanceof Text) {
      throw new TemplateFailure("%" + conversion + " format: a real number is required, not str");
    }
    return Values.integer(value);
  }

  static BigInteger wholePart(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new TemplateFailure("cannot convert float " + (Double.isNaN(value) ? "NaN" : "infinity") + " to integer");
    }
    return new BigDecimal(value).toBigInteger();
  }

  static double real(Value value) {
    if (!Comparison.isNumber(value)) {
      throw new TemplateFailure("must be real number, not " + Values.typeName(value));
    }
    return Arithmetic.real(value);
  }

  /**
   * An integer.
   *
   * @param sign      {@code +}, a blank or {@code -}: what non-negative numbers begin with, {@code -} meaning nothing
   * @param prefix    whether 0x and the like go before the digits
   * @param minDigits digits at least; negative for no such rule
   */
  static String integer(BigInteger value, int radix, String sign, boolean prefix, long minDigits) {
    if (minDigits > Budget.MAX_TEXT) {
      throw new TemplateFailure("precision too big");
    }
    String digits = radix == 10 ? Representation.integer(value.abs()) : value.abs().toString(radix);
    String mark = !prefix ? "" : radix == 16 ? "0x" : radix == 8 ? "0o" : radix == 2 ? "0b" : "";
    return sign(value.signum() < 0, sign) + mark + "0".repeat((int) Math.max(0, minDigits - digits.length())) + digits;
  }

  private static String sign(boolean negative, String sign) {
    return negative ? "-" : sign.equals("-") ? "" : sign;
  }

  /**
   * A float.
   *
   * @param notation one of {@code e f g} or their capitals, or {@code r}: as {@code g}, but never without a point or an exponent
   */
  static String real(double value, char notation, int precision, String sign, boolean alternate) {
    boolean negative = Math.copySign(1, value) < 0 && !Double.isNaN(value);
    String text;
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      text = Double.isNaN(value) ? "nan" : "inf";
    } else {
      BigDecimal size = new BigDecimal(Math.abs(value));
      text = switch (Character.toLowerCase(notation)) {
        case 'f' -> fixed(size, precision, alternate);
        case 'e' -> scientific(size, precision, alternate);
        case 'r' -> general(size, precision, alternate, 1);
        default -> general(size, precision, alternate, 0);
      };
    }
    String signed = sign(negative, sign) + text;
    return Character.isUpperCase(notation) ? signed.toUpperCase(Locale.ROOT) : signed;
  }

  private static String fixed(BigDecimal size, int precision, boolean alternate) {
    return size.setScale(precision, RoundingMode.HALF_EVEN).toPlainString() + (precision == 0 && alternate ? "." : "");
  }

  private static String scientific(BigDecimal size, int precision, boolean alternate) {
    if (size.signum() == 0) {
      return fixed(size, precision, alternate) + "e+00";
    }
    BigDecimal rounded = size.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
    String digits = rounded.unscaledValue().toString();
    int exponent = digits.length() - 1 - rounded.scale();
    digits = digits + "0".repeat(Math.max(0, precision + 1 - digits.length()));
    return digits.charAt(0) + (precision > 0 ? "." + digits.substring(1, precision + 1) : alternate ? "." : "") + "e"
        + Representation.exponentSuffix(exponent);
  }

  private static String general(BigDecimal size, int precision, boolean alternate, int decimals) {
    int significant = Math.max(1, precision);
    BigDecimal rounded = size.round(new MathContext(significant, RoundingMode.HALF_EVEN));
    int exponent = size.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < significant - decimals) {
      String text = fixed(rounded, significant - 1 - exponent, alternate);
      String shortened = alternate ? text : withoutZeros(text);
      return decimals > 0 && shortened.indexOf('.') < 0 ? shortened + ".0" : shortened;
    }
    String text = scientific(size, significant - 1, alternate);
    int e = text.indexOf('e');
    return alternate ? text : withoutZeros(text.substring(0, e)) + text.substring(e);
  }

  private static String withoutZeros(String text) {
    if (text.indexOf('.') < 0) {
      return text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }
}

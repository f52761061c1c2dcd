/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** The operators {@code + - * / // % **} of Python. */
final class Arithmetic {

  /** Bits of an integer: beyond what can be printed, small enough to be quick. */
  private static final int MAX_BITS = 1 << 16;

  private Arithmetic() {}

  static Value apply(Budget budget, String operator, Value left, Value right) {
    if (left instanceof Value.Undefined undefined) {
      throw new TemplateFailure(undefined.message());
    }
    if (left instanceof Text text && operator.equals("%")) {
      return PercentFormat.format(budget, text, right);
    }
    if (right instanceof Value.Undefined undefined) {
      throw new TemplateFailure(undefined.message());
    }
    if (Comparison.isNumber(left) && Comparison.isNumber(right)) {
      return numbers(operator, left, right);
    }
    return switch (operator) {
      case "+" -> add(budget, left, right);
      case "*" -> repeat(budget, left, right);
      default -> throw unsupported(operator, left, right);
    };
  }

  static Value unary(char operator, Value operand) {
    return switch (operand) {
      case Value.Real real -> operator == '-' ? new Value.Real(-real.value()) : real;
      case Value.Int _,Value.Bool _ -> {
        BigInteger value = Values.integer(operand);
        yield new Value.Int(operator == '-' ? value.negate() : value);
      }
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Text _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        throw new TemplateFailure(
            "bad operand type for unary " + operator + ": '" + Values.typeName(operand) + "'");
    };
  }

  private static TemplateFailure unsupported(String operator, Value left, Value right) {
    String shown = operator.equals("**") ? "** or pow()" : operator;
    return new TemplateFailure("unsupported operand type(s) for " + shown + ": '" + Values.typeName(left) + "' and '"
        + Values.typeName(right) + "'");
  }

  private static Value add(Budget budget, Value left, Value right) {
    if (left instanceof Text leftText) {
      if (right instanceof Text rightText) {
        return concatenate(budget, leftText, rightText);
      }
      throw new TemplateFailure("can only concatenate str (not \"" + Values.typeName(right) + "\") to str");
    }
    if (left instanceof Value.ListValue leftList && right instanceof Value.ListValue rightList) {
      return new Value.ListValue(concatenate(budget, leftList.items(), rightList.items()));
    }
    if (left instanceof Value.Tuple leftTuple && right instanceof Value.Tuple rightTuple) {
      return Value.tuple(concatenate(budget, leftTuple.items(), rightTuple.items()));
    }
    throw unsupported("+", left, right);
  }

  /** Concatenation; if one side is markup, the other is escaped and the whole is markup. */
  private static Text concatenate(Budget budget, Text left, Text right) {
    boolean markup = left.markup() || right.markup();
    Text first = markup ? Markup.escape(budget, left) : left;
    Text second = markup ? Markup.escape(budget, right) : right;
    return new TextBuilder(budget).append(first).append(second).build().asMarkup(markup);
  }

  private static List<Value> concatenate(Budget budget, List<Value> left, List<Value> right) {
    budget.items((long) left.size() + right.size());
    var all = new ArrayList<Value>(left.size() + right.size());
    all.addAll(left);
    all.addAll(right);
    return all;
  }

  private static Value repeat(Budget budget, Value left, Value right) {
    Value sequence = left instanceof Value.Int || left instanceof Value.Bool ? right : left;
    Value times = sequence == left ? right : left;
    if (times instanceof Value.Int || times instanceof Value.Bool) {
      long count = Math.min(Math.max(Values.clampedIndex(times), 0), Integer.MAX_VALUE);
      if (sequence instanceof Text text) {
        return new TextBuilder(budget).appendRepeated(text, count).build().asMarkup(text.markup());
      }
      if (sequence instanceof Value.ListValue list) {
        return new Value.ListValue(repeat(budget, list.items(), count));
      }
      if (sequence instanceof Value.Tuple tuple) {
        return Value.tuple(repeat(budget, tuple.items(), count));
      }
    }
    throw unsupported("*", left, right);
  }

  private static List<Value> repeat(Budget budget, List<Value> items, long count) {
    budget.items(items.size() * count);
    var all = new ArrayList<Value>();
    for (long i = 0; i < count && !items.isEmpty(); i++) {
      all.addAll(items);
    }
    return all;
  }

  private static Value numbers(String operator, Value left, Value right) {
    if (left instanceof Value.Real || right instanceof Value.Real) {
      return new Value.Real(reals(operator, real(left), real(right)));
    }
    BigInteger a = Values.integer(left);
    BigInteger b = Values.integer(right);
    return switch (operator) {
      case "+" -> bounded(a.add(b));
      case "-" -> bounded(a.subtract(b));
      case "*" -> bounded(a.multiply(b));
      case "/" -> new Value.Real(divide(a, b));
      case "//" -> new Value.Int(floorDivide(a, b));
      case "%" -> new Value.Int(a.subtract(floorDivide(a, b).multiply(b)));
      default -> power(a, b);
    };
  }

  private static Value.Int bounded(BigInteger value) {
    if (value.bitLength() > MAX_BITS) {
      throw new TemplateFailure("an integer would have more than " + MAX_BITS + " bits");
    }
    return new Value.Int(value);
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw new TemplateFailure("integer division or modulo by zero");
    }
    BigInteger[] quotient = a.divideAndRemainder(b);
    return quotient[1].signum() != 0 && quotient[1].signum() != b.signum()
        ? quotient[0].subtract(BigInteger.ONE)
        : quotient[0];
  }

  private static double divide(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw new TemplateFailure("division by zero");
    }
    double quotient = a.bitLength() <= 53 && b.bitLength() <= 53
        ? a.doubleValue() / b.doubleValue()
        : new BigDecimal(a).divide(new BigDecimal(b), new MathContext(800)).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw new TemplateFailure("integer division result too large for a float");
    }
    return quotient;
  }

  private static Value power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      return new Value.Real(reals("**", toReal(base), toReal(exponent)));
    }
    if (base.bitLength() <= 1 && base.signum() >= 0) {
      // 0 and 1, whatever the exponent is.
      return new Value.Int(base.signum() == 0 && exponent.signum() == 0 ? BigInteger.ONE : base);
    }
    if (base.equals(BigInteger.ONE.negate())) {
      return new Value.Int(exponent.testBit(0) ? base : BigInteger.ONE);
    }
    if (exponent.bitLength() > 31 || (base.abs().bitLength() - 1L) * exponent.longValue() > MAX_BITS) {
      throw new TemplateFailure("an integer would have more than " + MAX_BITS + " bits");
    }
    return bounded(base.pow(exponent.intValue()));
  }

  /** A number as a float. */
  static double real(Value number) {
    return number instanceof Value.Real real ? real.value() : toReal(Values.integer(number));
  }

  private static double toReal(BigInteger value) {
    double real = value.doubleValue();
    if (Double.isInfinite(real)) {
      throw new TemplateFailure("int too large to convert to float");
    }
    return real;
  }

  private static double reals(String operator, double a, double b) {
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> {
        if (b == 0) {
          throw new TemplateFailure("float division by zero");
        }
        yield a / b;
      }
      case "//" -> floorQuotient(a, b);
      case "%" -> modulo(a, b);
      default -> power(a, b);
    };
  }

  /** The remainder with the sign of the divisor. */
  private static double modulo(double a, double b) {
    if (b == 0) {
      throw new TemplateFailure("float modulo");
    }
    double remainder = a % b;
    if (remainder == 0) {
      return Math.copySign(0.0, b);
    }
    return (remainder < 0) == (b < 0) ? remainder : remainder + b;
  }

  /** As CPython: from the remainder, so that it agrees with {@code %}. */
  private static double floorQuotient(double a, double b) {
    if (b == 0) {
      throw new TemplateFailure("float floor division by zero");
    }
    double remainder = a % b;
    double quotient = (a - remainder) / b;
    if (remainder != 0 && (remainder < 0) != (b < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static double power(double a, double b) {
    if (a == 0 && b < 0) {
      throw new TemplateFailure("0.0 cannot be raised to a negative power");
    }
    if (a < 0 && b != Math.rint(b) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw new TemplateFailure("a negative number to a fractional power is complex, which is not supported");
    }
    if (a == 1 || b == 0) {
      return 1;
    }
    if (a == -1 && Double.isInfinite(b)) {
      return 1;
    }
    double result = Math.pow(a, b);
    if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw new TemplateFailure("(34, 'Numerical result out of range')");
    }
    return result;
  }
}

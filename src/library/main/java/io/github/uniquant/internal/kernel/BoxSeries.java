package io.github.uniquant.internal.kernel;

/**
 * What the noisy normal log-density of a narrow box adds to the density at its centre. With h the box's half width and c its
 * distance from the location, in units of the scale, v = h^2 and u = (hc)^2:
 *
 * <pre>
 *   log P = log (2h f(c)) + G(u, v),   G(u, v) = log of the mean over 0 <= s <= 1 of e^(-v s^2 / 2) cosh(s sqrt(u))
 * </pre>
 *
 * G is smooth where u and v are small: its nearest singularities are at u of about -pi^2 and |v| of about 11. So it is a
 * polynomial in t = 2 u / {@link #U} - 1, of {@link #COUNT} coefficients, each of which is a polynomial in 2 v - 1. The
 * coefficients depend on the scale alone and are computed once for a distribution; a value then costs neither an exponential
 * nor a logarithm nor a division.
 *
 * <p>The scale's derivative needs no other polynomial. The mass m of a unit box solves the heat equation, dm/ds = s d2m/dy2, so
 * that with slope = s d log P / d d it is s d log P / d s = slope^2 + d slope / d c.
 */
final class BoxSeries {
    /** Boxes are narrow whose half width is below 1 and half width times distance below this. */
    static final double REACH = 3;

    /** Greatest u. */
    static final double U = REACH * REACH;

    /** Coefficients of a distribution. */
    static final int COUNT = 20;

    static final double TO_T = 2 / U;

    /** Twice the derivative of t by u, and its square. */
    static final double SLOPE_FACTOR = 2 * TO_T;

    static final double CURVATURE_FACTOR = SLOPE_FACTOR * SLOPE_FACTOR;

    /**
     * By powers of t, and in each row by powers of 2 v - 1: the Chebyshev expansion of G on 0 <= u <= 9, 0 <= v <= 1,
     * interpolated at 28 x 16 points with 40 digits, without its terms below 2e-18 and those from t^20 on. What is left out
     * sums up to 2.8e-17.
     */
    private static final double[][] TERMS = {
        {
            0.5462144537961756,
            -0.11236114044292525,
            0.0030779413894410365,
            -9.173297271436498e-06,
            -2.069588107351812e-06,
            1.5865058250725153e-08,
            2.5559704480417545e-09,
            -3.0512897929729765e-11,
            -3.666480757085152e-12,
            5.923620701290613e-14,
            4.858730470842085e-15
        },
        {
            0.5665237808922342,
            -0.02512459999936704,
            -2.7173653072280376e-05,
            3.4114555471305656e-05,
            -6.141126069076528e-08,
            -6.419274703343204e-08,
            3.6159950948819405e-10,
            1.2492401592260703e-10,
            -1.2041628662422128e-12,
            -2.416276468439675e-13,
            4.251250963413069e-15
        },
        {
            -0.049292976384693495,
            0.006664097132403536,
            -0.0002315150720320954,
            -9.91178000534172e-06,
            7.28407184784211e-07,
            1.729336101420579e-08,
            -2.011018722941143e-09,
            -2.6541686389571218e-11,
            5.084071168068706e-12,
            3.375220891659817e-14,
            -6.981628808225001e-15
        },
        {
            0.008615501374392796,
            -0.0018892841703316663,
            0.00013709177123651385,
            -4.2220001957263585e-07,
            -4.252022882878337e-07,
            1.0561432543744795e-08,
            1.1246010186844542e-09,
            -4.770818929195822e-11,
            -2.6176580632306005e-12,
            1.5941402738352356e-13
        },
        {
            -0.0018255527127372597,
            0.0005455484780555682,
            -6.030858468447519e-05,
            2.097001235117939e-06,
            1.3347524874185803e-07,
            -1.2273258544662035e-08,
            -1.514084645403381e-10,
            4.5411741556110816e-11,
            -2.495820455091403e-13,
            -1.61042407518906e-13
        },
        {
            0.0004212482426873577,
            -0.0001584411015118789,
            2.3519309576584846e-05,
            -1.4843183807898535e-06,
            -9.71773644349182e-09,
            6.719602278903706e-09,
            -2.0584548223982241e-10,
            -1.967679411424863e-11,
            1.1781132238696972e-12,
            5.028195414781553e-14
        },
        {
            -0.00010191336747027789,
            4.61025426427768e-05,
            -8.58707261097439e-06,
            7.741104993654336e-07,
            -1.9904288636189572e-08,
            -2.456223893716571e-09,
            2.0512772631941278e-10,
            2.6107748173564393e-12,
            -1.1401035097137364e-12,
            5.3119209711210356e-14
        },
        {
            2.5414833302055818e-05,
            -1.3423284851531851e-05,
            3.007302626694665e-06,
            -3.5049214458316625e-07,
            1.801044558002423e-08,
            4.904792818683319e-10,
            -1.1866747994158475e-10,
            3.0186710268240523e-12,
            5.415535787038267e-13,
            -3.998580715552367e-14
        },
        {
            -6.474566492529789e-06,
            3.909188861213009e-06,
            -1.0233937980763562e-06,
            1.4592060738886312e-07,
            -1.0850895874841185e-08,
            1.2825529901581537e-10,
            4.9413816855834155e-11,
            -3.5268974634497657e-12,
            1.5858908170596103e-13
        },
        {
            1.6760228207290058e-06,
            -1.1385346516550633e-06,
            3.4103560413992834e-07,
            -5.7436173883112446e-08,
            5.5084752828778855e-09,
            -2.0777265046905157e-10,
            -1.0815448378867328e-11,
            2.4858456770174853e-12,
            -1.8505396483175835e-13
        },
        {
            -4.393252006067554e-07,
            3.316109302308244e-07,
            -1.1185166889695851e-07,
            2.171213880446766e-08,
            -2.533415919741286e-09,
            1.503996349034742e-10,
            -4.945999103658578e-13,
            -9.73163618532432e-13
        },
        {
            1.1632277364037827e-07,
            -9.658745503501348e-08,
            3.6226811258880215e-08,
            -7.947628875070327e-09,
            1.091976871871094e-09,
            -9.438869414180487e-11,
            -2.172880868895186e-12,
            1.333253276924054e-13
        },
        {
            -3.1043613108701607e-08,
            2.8111910123159317e-08,
            -1.1595440757571551e-08,
            2.8341020471286028e-09,
            -4.4816933337336385e-10,
            4.7455594357333526e-11,
            2.0544717887422266e-13
        },
        {
            8.345980317756244e-09,
            -8.183267444375337e-09,
            3.67767201843241e-09,
            -1.0051953575201417e-09,
            1.8095293728615997e-10,
            -1.2604608644544385e-11,
            3.667970559270885e-12
        },
        {
            -2.2751779299595832e-09,
            2.411658189553483e-09,
            -1.1855601850984563e-09,
            3.594831370299154e-10,
            -6.935131251402481e-11,
            5.543760527103454e-12,
            -1.9010276078306416e-12
        },
        {
            6.185828443554329e-10,
            -7.05564973400551e-10,
            3.808123213670948e-10,
            -1.165915553709012e-10,
            1.9217346586675716e-11,
            -7.781199422382994e-12
        },
        {
            -1.536330060910479e-10,
            1.8134762543261594e-10,
            -9.791568462177679e-11,
            2.9147126541012555e-11,
            -6.911711130826528e-12,
            3.203438890311896e-12
        },
        {
            4.2077214805396306e-11,
            -5.168357928885925e-11,
            2.5798851358359004e-11,
            -1.087413129364934e-11,
            6.491757369855173e-12
        },
        {
            -1.875419375116177e-11,
            2.6474843748831856e-11,
            -1.7890946137292364e-11,
            8.211630583452377e-12,
            -2.3676298425409796e-12
        },
        {5.183115922351103e-12, -7.867925825602451e-12, 6.487230480827872e-12, -2.781187204634663e-12},
    };

    private BoxSeries() {}

    static boolean isNarrow(double h, double hc) {
        return h < 1 && hc < REACH;
    }

    /** The terms of coefficient j. */
    static double[] terms(int j) {
        return TERMS[j];
    }

    /** Coefficient j for scale {@code 1 / inverse}. */
    static double coefficient(int j, double inverse) {
        double x = 0.5 * inverse * inverse - 1;
        double[] terms = TERMS[j];
        double sum = terms[terms.length - 1];
        for (int k = terms.length - 2; k >= 0; k--) {
            sum = sum * x + terms[k];
        }
        return sum;
    }

    /** The coefficients of some distributions, by coefficient and then by distribution. */
    static double[] of(double[] inverse) {
        double[] series = new double[COUNT * inverse.length];
        for (int j = 0, at = 0; j < COUNT; j++) {
            for (double width : inverse) {
                series[at++] = coefficient(j, width);
            }
        }
        return series;
    }
}

namespace Engine.Tests.Reference;

/// <summary>
/// The oracle: every kernel of the engine once more, as plain loops in double precision, straight from the formula.
/// Nothing is vectorised, blocked or fused, so that each method can be checked by reading it.
/// </summary>
/// <remarks>
/// Names, argument order and shapes are those of the kernels; operands are floats, results are doubles.
/// Matrices are row-major; <c>lda</c>, <c>ldb</c>, <c>ldc</c> and <c>stride</c> count elements from row to row.
/// </remarks>
internal static class ScalarKernels
{
    // ---- Matrix product: C (m x n) <- start + A (m x k) · B (k x n) ----

    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<double> c, int ldc)
    {
        ClearRows(m, n, c, ldc);
        MultiplyAdd(m, n, k, a, lda, b, ldb, c, ldc);
    }

    public static void MultiplyAdd(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<double> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    c[(i * ldc) + j] += (double)a[(i * lda) + p] * b[(p * ldb) + j];
                }
            }
        }
    }

    public static void MultiplyAddBias(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<double> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = bias[j];
            }
        }
        MultiplyAdd(m, n, k, a, lda, b, ldb, c, ldc);
    }

    /// <summary>C ← relu(bias + A·B).</summary>
    public static void MultiplyAddBiasRelu(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, ReadOnlySpan<float> bias, Span<double> c, int ldc)
    {
        MultiplyAddBias(m, n, k, a, lda, b, ldb, bias, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = Relu(c[(i * ldc) + j]);
            }
        }
    }

    /// <summary>C ← Aᵀ·B, A stored k x m.</summary>
    public static void MultiplyTransposedA(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<double> c, int ldc)
    {
        ClearRows(m, n, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    c[(i * ldc) + j] += (double)a[(p * lda) + i] * b[(p * ldb) + j];
                }
            }
        }
    }

    /// <summary>W ← W − rate · Aᵀ·B, A stored k x m.</summary>
    public static void MultiplyTransposedAUpdate(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, float rate, Span<double> weights, int ldw)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    weights[(i * ldw) + j] -= rate * ((double)a[(p * lda) + i] * b[(p * ldb) + j]);
                }
            }
        }
    }

    /// <summary>C ← A·Bᵀ, B stored n x k.</summary>
    public static void MultiplyTransposedB(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<double> c, int ldc)
    {
        ClearRows(m, n, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    c[(i * ldc) + j] += (double)a[(i * lda) + p] * b[(j * ldb) + p];
                }
            }
        }
    }

    /// <summary>C ← A·Bᵀ where the activation is positive, else 0; B stored n x k.</summary>
    public static void MultiplyTransposedBReluGradient(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        ReadOnlySpan<float> activations, int ldActivations, Span<double> c, int ldc)
    {
        MultiplyTransposedB(m, n, k, a, lda, b, ldb, c, ldc);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = ReluBackward(activations[(i * ldActivations) + j], c[(i * ldc) + j]);
            }
        }
    }

    /// <summary>c[j] ← Σ B[p, j] over the k rows of B.</summary>
    public static void SumRows(int n, int k, ReadOnlySpan<float> b, int ldb, Span<double> c)
    {
        for (int j = 0; j < n; j++)
        {
            c[j] = 0;
            for (int p = 0; p < k; p++)
            {
                c[j] += b[(p * ldb) + j];
            }
        }
    }

    /// <summary>bias[j] ← bias[j] − rate · Σ B[p, j].</summary>
    public static void SumRowsUpdate(int n, int k, ReadOnlySpan<float> b, int ldb, float rate, Span<double> bias)
    {
        for (int j = 0; j < n; j++)
        {
            for (int p = 0; p < k; p++)
            {
                bias[j] -= (double)rate * b[(p * ldb) + j];
            }
        }
    }

    /// <summary>destination (columns x rows) ← sourceᵀ.</summary>
    public static void Transpose(
        int rows, int columns, ReadOnlySpan<float> source, int sourceStride, Span<double> destination, int destinationStride)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                destination[(j * destinationStride) + i] = source[(i * sourceStride) + j];
            }
        }
    }

    private static void ClearRows(int m, int n, Span<double> c, int ldc)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                c[(i * ldc) + j] = 0;
            }
        }
    }

    // ---- Activations: y = f(x), and dX from y and dY, one element ----

    public static double Relu(double x) => x <= 0 ? 0 : x;

    public static double ReluBackward(double y, double dY) => y <= 0 ? 0 : dY;

    public static double LeakyRelu(double slope, double x) => x <= 0 ? slope * x : x;

    public static double LeakyReluBackward(double slope, double y, double dY) => y <= 0 ? slope * dY : dY;

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double SigmoidBackward(double y, double dY) => dY * (y * (1 - y));

    public static double Tanh(double x) => Math.Tanh(x);

    public static double TanhBackward(double y, double dY) => dY * (1 - (y * y));

    public static double Step(double x) => double.IsNaN(x) ? x : x < 0 ? 0 : 1;

    // ---- Softmax over each row ----

    public static void Softmax(int rows, int columns, int stride, ReadOnlySpan<float> input, Span<double> output)
    {
        for (int i = 0; i < rows; i++)
        {
            double maximum = double.NegativeInfinity;
            for (int j = 0; j < columns; j++)
            {
                maximum = Math.Max(maximum, input[(i * stride) + j]);
            }
            double sum = 0;
            for (int j = 0; j < columns; j++)
            {
                sum += Math.Exp(input[(i * stride) + j] - maximum);
            }
            for (int j = 0; j < columns; j++)
            {
                output[(i * stride) + j] = Math.Exp(input[(i * stride) + j] - maximum) / sum;
            }
        }
    }

    public static void SoftmaxBackward(
        int rows, int columns, int stride, ReadOnlySpan<float> output, ReadOnlySpan<float> dOutput, Span<double> dInput)
    {
        for (int i = 0; i < rows; i++)
        {
            double sum = 0;
            for (int j = 0; j < columns; j++)
            {
                sum += (double)dOutput[(i * stride) + j] * output[(i * stride) + j];
            }
            for (int j = 0; j < columns; j++)
            {
                dInput[(i * stride) + j] = output[(i * stride) + j] * (dOutput[(i * stride) + j] - sum);
            }
        }
    }

    // ---- Losses of one row: outputs (or logits) y against targets t ----

    /// <summary>−Σ t[j]·log softmax(x)[j]; a class of no weight counts nothing.</summary>
    public static double SoftmaxCrossEntropy(ReadOnlySpan<float> x, ReadOnlySpan<float> t)
    {
        double maximum = double.NegativeInfinity;
        foreach (float logit in x)
        {
            maximum = Math.Max(maximum, logit);
        }
        double sum = 0;
        foreach (float logit in x)
        {
            sum += Math.Exp(logit - maximum);
        }
        double loss = 0;
        for (int j = 0; j < x.Length; j++)
        {
            loss += t[j] == 0 ? 0 : t[j] * (Math.Log(sum) + maximum - x[j]);
        }
        return loss;
    }

    public static void SoftmaxCrossEntropyBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> t, float divisor, Span<double> dX)
    {
        double weight = 0;
        foreach (float target in t)
        {
            weight += target;
        }
        Softmax(1, x.Length, x.Length, x, dX);
        for (int j = 0; j < x.Length; j++)
        {
            dX[j] = ((dX[j] * weight) - t[j]) / divisor;
        }
    }

    public static double SigmoidCrossEntropy(ReadOnlySpan<float> y, ReadOnlySpan<float> t) =>
        Mean(y, t, (y, t) => Math.Max(y, 0) - (y * t) + LogOnePlus(Math.Exp(-Math.Abs(y))));

    public static void SigmoidCrossEntropyBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        Gradient(y, t, divisor, dY, (y, t) => Sigmoid(y) - t);

    public static double BinaryCrossEntropy(ReadOnlySpan<float> y, ReadOnlySpan<float> t) =>
        Mean(y, t, (y, t) => -(t * Math.Max(Math.Log(y), -100)) - ((1 - t) * Math.Max(Math.Log(1 - y), -100)));

    public static void BinaryCrossEntropyBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        Gradient(y, t, divisor, dY, (y, t) => (y - t) / Math.Max(y * (1 - y), 1e-12));

    public static double MeanSquaredError(ReadOnlySpan<float> y, ReadOnlySpan<float> t) =>
        Mean(y, t, (y, t) => (y - t) * (y - t));

    public static void MeanSquaredErrorBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        Gradient(y, t, divisor, dY, (y, t) => 2 * (y - t));

    public static double Perceptron(ReadOnlySpan<float> y, ReadOnlySpan<float> t) =>
        Mean(y, t, (y, t) => -y * (t - Step(y)));

    public static void PerceptronBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY) =>
        Gradient(y, t, divisor, dY, (y, t) => Step(y) - t);

    /// <summary>log(1 + x) for small x too, where 1 + x would round x away.</summary>
    private static double LogOnePlus(double x) => x < 1e-5 ? x - (x * x / 2) : Math.Log(1 + x);

    private static double Mean(ReadOnlySpan<float> y, ReadOnlySpan<float> t, Func<double, double, double> loss)
    {
        double sum = 0;
        for (int j = 0; j < y.Length; j++)
        {
            sum += loss(y[j], t[j]);
        }
        return y.Length == 0 ? 0 : sum / y.Length;
    }

    private static void Gradient(
        ReadOnlySpan<float> y, ReadOnlySpan<float> t, float divisor, Span<double> dY, Func<double, double, double> derivative)
    {
        for (int j = 0; j < y.Length; j++)
        {
            dY[j] = derivative(y[j], t[j]) / ((double)y.Length * divisor);
        }
    }

    // ---- The rest ----

    public static double Sgd(double rate, double gradient, double weight) => weight - (rate * gradient);

    public static double Pixel(byte value) => value / 255.0;

    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best] || (float.IsNaN(values[best]) && values[i] > float.NegativeInfinity))
            {
                best = i;
            }
        }
        return best;
    }
}

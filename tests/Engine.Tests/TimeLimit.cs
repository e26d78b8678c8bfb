using System.Runtime.ExceptionServices;
using NUnit.Framework;

namespace Engine.Tests;

/// <summary>A limit for tests of threads that wait for one another: where one waits for ever, the test fails, and the others go on.</summary>
internal static class TimeLimit
{
    /// <summary>Far more than any of these tests takes: only one that hangs reaches it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Runs a test on a thread of its own.</summary>
    public static void Run(Action test)
    {
        ExceptionDispatchInfo? failure = null;
        void Guarded()
        {
            try
            {
                test();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        }
        var thread = new Thread(Guarded) { IsBackground = true };
        thread.Start();
        Assert.That(thread.Join(Limit), Is.True, $"It hangs: not done after {Limit.TotalSeconds} s.");
        failure?.Throw();
    }
}

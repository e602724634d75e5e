# Random and nasty cases, and what R makes of them: Rscript benchmarks/statistics/oracle.R tests/unit/statistics/oracle.json
# R 4.2 with the packages boot, coin, exactRankTests, psych and jsonlite, all from Debian 12 (README.md says how). The
# numbers that go in are written down beside those that come out, so that no random generator has to be the same twice.
suppressMessages({
  library(boot)
  library(coin)
  library(exactRankTests)
  library(jsonlite)
})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20250130)

# ---- paired differences --------------------------------------------------------------------------------------------

untied <- function(n) round(rnorm(n, 0.1), 6)
few_sizes <- function(n, share_zero) {
  sizes <- sample(c(-0.5, -0.25, 0.25, 0.5, 0.75), n, TRUE, c(1, 1, 2, 1, 1))
  ifelse(runif(n) < share_zero, 0, sizes)
}
right_or_wrong <- function(n, share_zero) ifelse(runif(n) < share_zero, 0, sample(c(-1, 1), n, TRUE, c(1, 2)))
rouge <- function(n) {
  score <- function() 2 * sample(0:9, n, TRUE) / (sample(9:12, n, TRUE) + sample(9:14, n, TRUE))
  # As ratios are, many are equal but for rounding, which R would take for different sizes.
  round(score() - score(), 12)
}

samples <- c(
  lapply(c(1, 2, 3, 5, 8, 13, 21, 34, 49, 50, 80, 200), untied),
  lapply(c(2, 4, 7, 12, 25, 60), few_sizes, 0),
  lapply(c(3, 6, 12, 30, 60, 200), few_sizes, 0.5),
  lapply(c(20, 50, 200), few_sizes, 0.95),
  lapply(c(5, 10, 30, 100, 300, 800), right_or_wrong, 0.7),
  lapply(c(50, 200), right_or_wrong, 0.95),
  lapply(c(10, 40, 120), rouge),
  list(c(0, 0, 0, 1), c(0, -1), rep(1, 9), rep(-0.25, 4), c(rep(0.5, 6), rep(-0.5, 6)), c(1e-7, -1, 1, 1, 2))
)

p_of <- function(test) unname(test$p.value)

signed_rank <- function(x) {
  kept <- x[x != 0]
  normal <- function(alternative) {
    suppressWarnings(p_of(wilcox.test(x, alternative = alternative, exact = FALSE, correct = FALSE)))
  }
  found <- list(
    statistic = unname(suppressWarnings(wilcox.test(x, exact = FALSE)$statistic)),
    normal_greater = normal("greater"),
    normal_two_sided = normal("two.sided"),
    # The distribution given the ties, zeros dropped.
    exact_greater = p_of(wilcox.exact(kept, alternative = "greater", exact = TRUE)),
    exact_two_sided = p_of(wilcox.exact(kept, alternative = "two.sided", exact = TRUE)),
    rank_biserial = sum(rank(abs(kept)) * sign(kept)) / sum(rank(abs(kept)))
  )
  if (!anyDuplicated(abs(kept)) && length(kept) < 300) {
    found$r_exact_greater <- p_of(wilcox.test(kept, alternative = "greater", exact = TRUE))
  }
  # coin: Pratt's zeros; exact by the shift algorithm.
  pair <- data.frame(x = x, y = 0)
  pratt <- function(distribution) {
    test <- wilcoxsign_test(x ~ y, pair, zero.method = "Pratt", distribution = distribution, alternative = "greater")
    as.numeric(pvalue(test))
  }
  found$pratt_normal_greater <- pratt("asymptotic")
  found$pratt_exact_greater <- pratt("exact")
  found
}

# Order statistics of the Walsh averages: by hand, as wilcox.test does it where there are neither ties nor zeros.
hodges_lehmann <- function(x, confidence) {
  averages <- outer(x, x, "+")
  averages <- sort(averages[!lower.tri(averages)] / 2)
  k <- max(1, qsignrank((1 - confidence) / 2, length(x)))
  c(median(averages), averages[k], averages[length(averages) + 1 - k])
}

wilcox_interval <- function(x, confidence) {
  test <- suppressWarnings(wilcox.test(x, conf.int = TRUE, conf.level = confidence, exact = TRUE))
  c(unname(test$estimate), as.numeric(test$conf.int))
}

differences <- lapply(samples, function(x) {
  found <- list(x = x, signed_rank = signed_rank(x))
  found$hodges_lehmann <- list(p95 = hodges_lehmann(x, 0.95), p90 = hodges_lehmann(x, 0.9))
  # With few differences R gives a lower level than asked for, as it says.
  if (!anyDuplicated(abs(x)) && all(x != 0)) found$wilcox_interval <- wilcox_interval(x, 0.95)
  found
})

# ---- the bootstrap: R's own resamples, and what boot.ci makes of them ----------------------------------------------

bootstrapped <- function(x, confidence, n_resamples) {
  drawn <- boot(x, function(values, i) mean(values[i]), n_resamples)
  # The infinitesimal jackknife of a mean: the deviations.
  influence <- x - mean(x)
  interval <- suppressWarnings(boot.ci(drawn, confidence, "bca", L = influence))$bca
  list(
    x = x, confidence = confidence, means = as.numeric(drawn$t),
    bias = qnorm(mean(drawn$t < drawn$t0)),
    acceleration = sum(influence^3) / (6 * sum(influence^2)^1.5),
    jackknife = empinf(data = x, statistic = function(values, i) mean(values[i]), type = "jack", stype = "i"),
    # Interpolated between two resamples on the scale of normal quantiles (Davison and Hinkley 1997, formula 5.8).
    ends = interval[4:5]
  )
}

bootstraps <- list(
  bootstrapped(rnorm(30), 0.95, 400),
  bootstrapped(rexp(60), 0.95, 400),
  bootstrapped(rexp(25)^2, 0.9, 300),
  bootstrapped(-rexp(120), 0.99, 400),
  bootstrapped(rouge(80) + rnorm(80, 0, 1e-6), 0.95, 400)
)

# ---- counts ----------------------------------------------------------------------------------------------------------

# McNemar's exact test is, by definition, the binomial test of the pairs that differ at 1/2.
pairs <- list(c(0, 1), c(1, 0), c(1, 1), c(5, 0), c(0, 7), c(8, 3), c(3, 8), c(12, 12), c(20, 8), c(61, 40), c(300, 251))
discordant <- lapply(pairs, function(b) {
  list(
    better = b[1], worse = b[2],
    greater = p_of(binom.test(b[1], sum(b), 0.5, "greater")),
    two_sided = p_of(binom.test(b[1], sum(b), 0.5)),
    mid_greater = pbinom(b[1], sum(b), 0.5, lower.tail = FALSE) + dbinom(b[1], sum(b), 0.5) / 2
  )
})

counts <- list(c(0, 1), c(1, 1), c(0, 9), c(9, 9), c(3, 10), c(18, 30), c(41, 50), c(62, 100), c(124, 200), c(790, 790), c(701, 790))
rates <- lapply(counts, function(k) {
  wilson <- function(confidence) {
    as.numeric(suppressWarnings(prop.test(k[1], k[2], conf.level = confidence, correct = FALSE))$conf.int)
  }
  list(
    count = k[1], n = k[2], wilson95 = wilson(0.95), wilson99 = wilson(0.99),
    clopper_pearson95 = as.numeric(binom.test(k[1], k[2])$conf.int),
    at_least95 = binom.test(k[1], k[2], alternative = "greater")$conf.int[1],
    above60 = p_of(binom.test(k[1], k[2], 0.6, "greater"))
  )
})

exact_power <- function(n, above, expected) {
  p <- vapply(0:n, function(k) p_of(binom.test(k, n, above, "greater")), 0)
  sum(dbinom((0:n)[p <= 0.05], n, expected))
}
powers <- lapply(list(c(5, 0.6, 0.9), c(30, 0.6, 0.7), c(50, 0.6, 0.7), c(156, 0.6, 0.7), c(157, 0.6, 0.7), c(200, 0.5, 0.65)), function(a) {
  list(n = a[1], above = a[2], expected = a[3], power = exact_power(a[1], a[2], a[3]))
})

families <- lapply(list(0.03, c(0.01, 0.04, 0.03), c(1, 1), 10^-(1:6), c(0.02, 0.02, 0.02, 0.5), runif(12)^3), function(p) {
  list(p = p, holm = p.adjust(p, "holm"))
})

# ---- agreement of two raters -----------------------------------------------------------------------------------------

raters <- lapply(list(c(40, 0.5, 0.9), c(80, 0.9, 0.9), c(200, 0.97, 0.95), c(12, 0.3, 0.6)), function(a) {
  first <- as.integer(runif(a[1]) < a[2])
  second <- ifelse(runif(a[1]) < a[3], first, 1L - first)
  kappa <- suppressWarnings(psych::cohen.kappa(cbind(first, second))$kappa)
  # Gwet (2008), formulas 1 and 4, for two raters and two categories.
  yes <- (mean(first) + mean(second)) / 2
  chance <- 2 * yes * (1 - yes)
  list(first = first, second = second, kappa = kappa, ac1 = (mean(first == second) - chance) / (1 - chance))
})

# I() keeps a vector of one number a list.
writeLines(toJSON(list(
  versions = list(R = R.version.string, boot = as.character(packageVersion("boot")), coin = as.character(packageVersion("coin")),
    exactRankTests = as.character(packageVersion("exactRankTests")), psych = as.character(packageVersion("psych"))),
  differences = lapply(differences, function(d) { d$x <- I(d$x); d }),
  bootstraps = bootstraps, discordant = discordant, rates = rates, powers = powers,
  families = lapply(families, function(f) list(p = I(f$p), holm = I(f$holm))), raters = raters
), auto_unbox = TRUE, digits = I(17)), commandArgs(TRUE)[1])

package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// quantile returns the q-th part of the samples, by nearest rank; 0 without samples. It sorts them.
func quantile(samples []time.Duration, q float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	rank := int(math.Ceil(q*float64(len(samples)))) - 1
	return samples[min(max(rank, 0), len(samples)-1)]
}

// median returns the middle value, or the mean of the two in the middle; 0 without values.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return mean(sorted[half-1], sorted[half])
}

func medianFloat(values []float64) float64 {
	return median(values, func(a, b float64) float64 { return (a + b) / 2 })
}

// medianOf is the median of a figure of the cells.
func medianOf(cells []cell, figure func(cell) float64) float64 {
	values := make([]float64, len(cells))
	for i, c := range cells {
		values[i] = figure(c)
	}
	return medianFloat(values)
}

// ratio is a by b; not a number where there is no b.
func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

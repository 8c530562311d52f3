"""The toys of the lessons: one topic, one file, with its picture, its sliders and its sentence.

Here lives nothing else. Files here do not import one another; what every lesson shows with lives in
`ganedu.plotting`, the parts that every slider is built of in `ganedu.widgets`.
"""
